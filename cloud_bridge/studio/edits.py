"""From the form of an edit to what is to be painted: which pictures, which part of the first, and what is wished."""

from cloud_bridge.studio.decode import LONGEST, read_markup, read_part, read_picture, upright_size
from cloud_bridge.studio.form import Form
from cloud_bridge.studio.piece import Retouching
from cloud_bridge.studio.wire import Edit, Refused, parse_edit
from edge_models.image.retouch import Unclear, planned, read_wishes


def edit_of(form: Form) -> Edit:
    """The request. Raises Refused."""
    return parse_edit(
        form.fields,
        images=tuple(upload.sha256 for upload in form.images),
        mask=form.mask.sha256 if form.mask is not None else None,
        markup=form.markup.sha256 if form.markup is not None else None,
    )


def understood(form: Form, request: Edit) -> Retouching:
    """The words and the pictures. Takes up to seconds; raises Refused."""
    try:
        wishes = read_wishes(request.prompt, pictures=len(form.images))
    except Unclear as unclear:
        raise Refused(400, unclear.code, str(unclear), param="prompt") from None
    first = form.images[0].file
    pictures = [read_picture(first)]
    height, width = pictures[0].shape[:2]
    marked = None
    if form.mask is not None:
        marked = read_part(form.mask.file, of=upright_size(first), size=(width, height))
    elif form.markup is not None:
        marked = read_markup(form.markup.file, of=upright_size(first), size=(width, height))
    pictures += [read_picture(upload.file, longest=LONGEST // 2) for upload in form.images[1:]]
    plan = planned(
        wishes,
        size=(width, height),
        wanted=request.wanted,
        marked=marked is not None,
        cut_out=request.background == "transparent",
    )
    see_through = request.output_format != "jpeg" and request.background != "opaque"
    return Retouching(
        pictures=tuple(pictures),
        wishes=plan.wishes,
        marked=marked,
        size=plan.size,
        transparent=see_through and (plan.clears or bool((pictures[0][..., 3] < 255).any())),
    )
