"""Times ONNX Runtime's own Python API: reference.py JOB, where JOB is a JSON file

{"model": path, "inputs": [{"file": path, "dtype": "float32", "dims": [1, 2]}], "seconds": 1.0, "outputs": folder}

Prints {"p50": µs, "runs": n}, and writes each output to the folder as its bytes.
"""

import json
import sys
import time

import numpy
import onnxruntime

with open(sys.argv[1], encoding="utf-8") as file:
    job = json.load(file)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
options.log_severity_level = 3
session = onnxruntime.InferenceSession(job["model"], options, providers=["CPUExecutionProvider"])
feeds = {
    port.name: numpy.fromfile(given["file"], dtype=given["dtype"]).reshape(given["dims"])
    for port, given in zip(session.get_inputs(), job["inputs"])
}
outputs = session.run(None, feeds)
for index, output in enumerate(outputs):
    output.tofile(f"{job['outputs']}/{index}")
times = []
end = time.perf_counter() + job["seconds"]
while time.perf_counter() < end:
    began = time.perf_counter_ns()
    session.run(None, feeds)
    times.append(time.perf_counter_ns() - began)
times.sort()
print(json.dumps({"p50": times[len(times) // 2] / 1000, "runs": len(times)}))
