"""From a run to an ONNX file, which is compared with Keras before it is kept."""
