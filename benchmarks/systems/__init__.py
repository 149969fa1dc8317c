"""What is measured: the pipeline, its detectors, any ONNX file, any score file, any Python callable."""
