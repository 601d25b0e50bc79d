"""From the published weights of picture models to parts that boards run. Torch and diffusers are used here alone.

    python -m tools.export FOLDER OUT

`FOLDER` is diffusers' folder of SD-Turbo, SDXL-Turbo, SANA-Sprint or FLUX.1 schnell, `OUT` becomes the folder that
`edge_models.diffusion` draws with. Needs `pip install nightjar[export]`. It was run with small random weights of the
same architectures alone, never with the published ones.
"""


class ExportError(Exception):
    """A folder can't be exported; the text is one plain sentence."""
