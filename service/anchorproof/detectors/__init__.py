"""Raw scores for the authenticity question; direction and calibration are the manifest's."""
