"""A client that has nothing of the orchestrator but an address: messages and methods come from server reflection.

    python3 clients.py 127.0.0.1:8000 [API_KEY]
"""

import sys
import uuid

import grpc
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

DOCUMENT = """
id: from-python
name: From Python
inputs:
  name: {type: string, default: world}
steps:
  - id: greet
    action: set
    parameters: {variables: {greeting: "Hello, {{ name }}"}}
outputs:
  greeting: "{{ greet.greeting }}"
"""

address, *rest = sys.argv[1:]
metadata = [("x-api-key", key) for key in rest]
channel = grpc.insecure_channel(address)
database = ProtoReflectionDescriptorDatabase(channel)
pool = descriptor_pool.DescriptorPool(database)


def call(service, method, /, **fields):
    """Call a method by its name; a stream is answered with an iterator."""
    described = pool.FindServiceByName(service).methods_by_name[method]
    request = message_factory.GetMessageClass(described.input_type)()
    json_format.ParseDict(fields, request)
    kind = channel.unary_stream if described.server_streaming else channel.unary_unary
    invoke = kind(
        f"/{service}/{method}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=message_factory.GetMessageClass(described.output_type).FromString,
    )
    return invoke(request, timeout=60, metadata=metadata)


RUNS = "orchestrator.v1.RunService"
print("services:", ", ".join(database.get_services()))
health = call("grpc.health.v1.Health", "Check", service=RUNS)
print("health:", json_format.MessageToDict(health)["status"])
created = call(
    RUNS,
    "CreateRun",
    source=DOCUMENT,
    inputsJson='{"name": "Python"}',
    requestId=str(uuid.uuid4()),
)
print("created:", created.run.run_id)
for seen in call(RUNS, "WatchRun", runId=created.run.run_id):
    event = json_format.MessageToDict(seen).get("event")
    if event is not None:
        print("event:", event["sequence"], event["kind"], event.get("step", ""))
got = call(RUNS, "GetRun", runId=created.run.run_id)
print("document:", got.document_json[:200])
try:
    call(RUNS, "GetRun", runId="not a run")
except grpc.RpcError as error:
    print("refused:", error.code().name, error.details())
