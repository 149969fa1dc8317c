"""Builds the audio detector: corpus, twins, augmentation, training, export, measurement (``../audio.md``)."""
