"""The picture models that people flash: SD-Turbo, SDXL-Turbo and SANA-Sprint, run from exported parts without torch."""
