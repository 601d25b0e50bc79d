/* Stands in for NVIDIA's driver in the tests: what its entries would do, done by the processor, and held to the rules.

   Memory "on the GPU" has addresses that the processor can't use, each thread needs a current context, a stream that
   records does nothing else, and every entry can be told to fail. Where NVIDIA's header is at hand, the compiler holds
   these definitions against it. */

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __has_include(<cuda.h>)
#include <cuda.h>
#else
typedef int CUresult, CUdevice, CUdevice_attribute, CUstreamCaptureMode;
typedef unsigned long long CUdeviceptr;
typedef struct CUctx_st *CUcontext;
typedef struct CUstream_st *CUstream;
typedef struct CUgraph_st *CUgraph;
typedef struct CUgraphExec_st *CUgraphExec;
#endif

enum { SUCCESS, INVALID_VALUE, OUT_OF_MEMORY, INVALID_CONTEXT = 201, NOT_READY = 600, LAUNCH_FAILED = 719,
       CAPTURE_UNSUPPORTED = 900, CAPTURE_INVALIDATED = 901 };
#define ON_GPU 0x5a00000000000000ull
#define MOST 64

typedef struct { int what; void *to, *from; size_t size; } Work; /* 0: copy, 1: double each float */
struct CUgraph_st { int count; Work work[MOST]; };
struct CUgraphExec_st { struct CUgraph_st graph; };
struct CUstream_st { int captures, broken; struct CUgraph_st graph; };
struct CUctx_st { int held; };

static struct CUctx_st primary;
static __thread CUcontext stack[8];
static __thread int depth;
static char calls[1 << 16];
static size_t free_bytes = 1000000, written;
static int integrated, live, failing_after, failing_with;
static char failing[64];

void stand_in_reset(size_t bytes, int shares) {
    free_bytes = bytes, integrated = shares, live = 0, written = 0, failing[0] = calls[0] = 0, primary.held = 0;
}
void stand_in_fail(const char *name, int with, int after) {
    snprintf(failing, sizeof failing, "%s", name);
    failing_with = with, failing_after = after;
}
const char *stand_in_calls(void) { return calls; }
int stand_in_live(void) { return live + primary.held; }
int stand_in_depth(void) { return depth; }

void stand_in_note(const char *name) {
    if (written < sizeof calls - 100) written += (size_t)snprintf(calls + written, sizeof calls - written, "%s ", name);
}

static int enter(const char *name, int needs_context) {
    stand_in_note(name);
    if (!strcmp(failing, name) && failing_after-- <= 0) return failing_with;
    return needs_context && (!depth || stack[depth - 1] != &primary || !primary.held) ? INVALID_CONTEXT : SUCCESS;
}
#define ENTER(context) do { int result = enter(__func__, context); if (result) return (CUresult)result; } while (0)

CUresult cuInit(unsigned int flags) { ENTER(0); return flags ? INVALID_VALUE : SUCCESS; }

CUresult cuGetErrorName(CUresult error, const char **name) {
    *name = error == OUT_OF_MEMORY ? "CUDA_ERROR_OUT_OF_MEMORY" : error == INVALID_CONTEXT ? "CUDA_ERROR_INVALID_CONTEXT"
          : error == LAUNCH_FAILED ? "CUDA_ERROR_LAUNCH_FAILED" : error == INVALID_VALUE ? "CUDA_ERROR_INVALID_VALUE"
          : error == CAPTURE_UNSUPPORTED ? "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"
          : error == CAPTURE_INVALIDATED ? "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED" : NULL;
    return *name ? SUCCESS : INVALID_VALUE;
}

CUresult cuDeviceGet(CUdevice *device, int ordinal) { ENTER(0); *device = 7; return ordinal ? INVALID_VALUE : SUCCESS; }

CUresult cuDeviceGetAttribute(int *value, CUdevice_attribute attribute, CUdevice device) {
    ENTER(0);
    if (device != 7) return INVALID_VALUE;
    *value = attribute == 18 ? integrated : attribute == 75 ? 8 : attribute == 76 ? 7 : -1;
    return *value < 0 ? INVALID_VALUE : SUCCESS;
}

CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned int flags) {
    ENTER(0);
    return device == 7 && flags == 4 && !primary.held ? SUCCESS : INVALID_VALUE;
}

CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device) {
    ENTER(0);
    if (device != 7) return INVALID_VALUE;
    primary.held++, *context = &primary;
    return SUCCESS;
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
    ENTER(0);
    if (device != 7 || !primary.held) return INVALID_VALUE;
    primary.held--;
    return SUCCESS;
}

CUresult cuCtxPushCurrent_v2(CUcontext context) {
    ENTER(0);
    if (context != &primary || !primary.held || depth == 8) return INVALID_CONTEXT;
    stack[depth++] = context;
    return SUCCESS;
}

CUresult cuCtxPopCurrent_v2(CUcontext *context) {
    ENTER(0);
    if (!depth) return INVALID_CONTEXT;
    *context = stack[--depth];
    return SUCCESS;
}

CUresult cuMemGetInfo_v2(size_t *available, size_t *total) {
    ENTER(1);
    *available = free_bytes, *total = 2 * free_bytes;
    return SUCCESS;
}

static CUstream recording; /* in these tests by one thread at a time */

static void *taken(size_t size) {
    size_t *block = malloc(16 + size);
    block[0] = size, free_bytes -= size, live++;
    return block + 2;
}

static void given_back(void *memory) {
    free_bytes += ((size_t *)memory)[-2], live--;
    free((size_t *)memory - 2);
}

CUresult cuMemAlloc_v2(CUdeviceptr *address, size_t size) {
    ENTER(1);
    if (recording) return recording->broken = 1, CAPTURE_UNSUPPORTED;
    if (!size) return INVALID_VALUE;
    if (size > free_bytes) return OUT_OF_MEMORY;
    *address = (CUdeviceptr)(uintptr_t)taken(size) | ON_GPU;
    return SUCCESS;
}

static void *real(CUdeviceptr address) {
    return (address & ON_GPU) == ON_GPU ? (void *)(uintptr_t)(address & ~ON_GPU) : NULL;
}

CUresult cuMemFree_v2(CUdeviceptr address) {
    ENTER(1);
    if (!real(address)) return INVALID_VALUE;
    given_back(real(address));
    return SUCCESS;
}

CUresult cuMemHostAlloc(void **address, size_t size, unsigned int flags) {
    ENTER(1);
    if (!size || flags) return INVALID_VALUE;
    *address = taken(size);
    return SUCCESS;
}

CUresult cuMemFreeHost(void *address) { ENTER(1); given_back(address); return SUCCESS; }

static void done(const Work *work) {
    if (work->what == 0) memcpy(work->to, work->from, work->size);
    else for (size_t nth = 0; nth < work->size / sizeof(float); nth++) ((float *)work->to)[nth] = 2 * ((float *)work->from)[nth];
}

static size_t size_of(void *memory) { return ((size_t *)memory)[-2]; }

static CUresult queued(CUstream stream, Work work) {
    if (!stream || !work.to || !work.from) return INVALID_VALUE;
    if (work.size > size_of(work.to) || work.size > size_of(work.from)) return INVALID_VALUE;
    if (!stream->captures) return done(&work), SUCCESS;
    if (stream->broken) return CAPTURE_INVALIDATED;
    stream->graph.work[stream->graph.count++] = work;
    return SUCCESS;
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t size, CUstream stream) {
    ENTER(1);
    return queued(stream, (Work){0, real(to), (void *)from, size});
}

CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t size, CUstream stream) {
    ENTER(1);
    return queued(stream, (Work){0, to, real(from), size});
}

/* What a TensorRT would put into the stream: a kernel. */
int stand_in_double(CUdeviceptr to, CUdeviceptr from, size_t size, CUstream stream) {
    int result = enter(__func__, 1);
    return result ? result : (int)queued(stream, (Work){1, real(to), real(from), size});
}

CUresult cuStreamCreate(CUstream *stream, unsigned int flags) {
    ENTER(1);
    if (flags != 1) return INVALID_VALUE;
    *stream = calloc(1, sizeof **stream), live++;
    return SUCCESS;
}

CUresult cuStreamDestroy_v2(CUstream stream) { ENTER(1); free(stream), live--; return SUCCESS; }

CUresult cuStreamSynchronize(CUstream stream) {
    ENTER(1);
    if (stream->captures) return stream->broken = 1, CAPTURE_UNSUPPORTED;
    return SUCCESS;
}

CUresult cuStreamBeginCapture_v2(CUstream stream, CUstreamCaptureMode mode) {
    ENTER(1);
    if (mode != 1 || stream->captures) return INVALID_VALUE;
    stream->captures = 1, stream->broken = stream->graph.count = 0, recording = stream;
    return SUCCESS;
}

CUresult cuStreamEndCapture(CUstream stream, CUgraph *graph) {
    ENTER(1);
    if (!stream->captures) return INVALID_VALUE;
    stream->captures = 0, recording = NULL;
    if (stream->broken) return *graph = NULL, CAPTURE_INVALIDATED;
    *graph = malloc(sizeof **graph), **graph = stream->graph, live++;
    return SUCCESS;
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec *made, CUgraph graph, unsigned long long flags) {
    ENTER(1);
    if (!graph || flags) return INVALID_VALUE;
    *made = malloc(sizeof **made), (*made)->graph = *graph, live++;
    return SUCCESS;
}

CUresult cuGraphLaunch(CUgraphExec made, CUstream stream) {
    ENTER(1);
    if (!made || !stream) return INVALID_VALUE;
    for (int nth = 0; nth < made->graph.count; nth++) done(&made->graph.work[nth]);
    return SUCCESS;
}

CUresult cuGraphDestroy(CUgraph graph) { ENTER(1); free(graph), live--; return SUCCESS; }

CUresult cuGraphExecDestroy(CUgraphExec made) { ENTER(1); free(made), live--; return SUCCESS; }
