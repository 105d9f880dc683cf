"""What schemathesis needs to speak to a portal as an enrolled device and as an officer, with ids of
things that are there. `cargo xtask contract` runs it.

HOSO_CONTRACT names a JSON file that `hoso-contract` wrote: addresses, keys, and for each operation
(by its operationId) requests that the portal has something for. Every other case of such an
operation becomes one of them; the rest stay as schemathesis made them up.
"""

import base64
import hashlib
import json
import os
from collections import defaultdict
from datetime import datetime, timezone

import requests
import schemathesis
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from schemathesis.core import NOT_SET

with open(os.environ["HOSO_CONTRACT"], encoding="utf-8") as file:
    GIVEN = json.load(file)
LOG = open(GIVEN["log"], "w", encoding="utf-8")  # one line an answer, read when all is over
OCTETS = "application/offset+octet-stream"
TUS = {"Tus-Resumable": "1.0.0"}

schemathesis.serializer.alias(OCTETS, "application/octet-stream")
# RFC 3161
schemathesis.serializer.alias("application/timestamp-query", "application/octet-stream")


class Proof(requests.auth.AuthBase):
    """Signs a request with a device's key, as docs/PORTAL.md says."""

    def __init__(self, device):
        self.id = device["id"]
        scalar = int.from_bytes(base64.b64decode(device["key"]), "big")
        self.key = ec.derive_private_key(scalar, ec.SECP256R1())

    def __call__(self, request):
        time = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        body = request.body or b""
        if isinstance(body, str):
            body = body.encode()
        octets = request.headers.get("Content-Type") == OCTETS
        upload = request.method == "PATCH" or (request.method == "POST" and octets)
        covered = "upload" if upload else hashlib.sha256(body).hexdigest()
        text = f"hoso-proof-1\n{request.method}\n{request.path_url}\n{time}\n{covered}\n"
        r, s = utils.decode_dss_signature(self.key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        request.headers["Hoso-Device"] = self.id
        request.headers["Hoso-Time"] = time
        request.headers["Hoso-Proof"] = base64.b64encode(raw).decode()
        return request


class Officer(requests.auth.AuthBase):
    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {GIVEN['officer']}"
        return request


OWN, LEAVING = Proof(GIVEN["devices"]["own"]), Proof(GIVEN["devices"]["leaving"])
SUCCESSOR = "/v1/devices/successor"
schemathesis.auth.set_from_requests(LEAVING).apply_to(path=SUCCESSOR)
schemathesis.auth.set_from_requests(OWN).apply_to(path_regex="^/v1/").skip_for(path=SUCCESSOR)
schemathesis.auth.set_from_requests(Officer()).apply_to(path_regex="^/officer/")


def creation():
    """Bytes nobody uploaded yet, and the headers that create their upload."""
    content = os.urandom(300)
    sha256 = base64.b64encode(hashlib.sha256(content).hexdigest().encode()).decode()
    return content, {**TUS, "Upload-Length": "300", "Upload-Metadata": f"sha256 {sha256}"}


def upload():
    """A new upload: its id and its bytes."""
    content, headers = creation()
    url = GIVEN["url"] + "/v1/uploads"
    answer = requests.post(url, headers=headers, auth=OWN, verify=GIVEN["ca"], timeout=30)
    answer.raise_for_status()
    return answer.headers["Location"].rsplit("/", 1)[1], content


def create_upload():
    content, headers = creation()
    if turns["post-uploads"] % 4 == 1:
        return {"headers": {**headers, "Content-Type": OCTETS}, "bytes": content}
    return {"headers": headers}


def ask_upload():
    return {"path": {"id": upload()[0]}, "headers": TUS}


def append_to_upload():
    id, content = upload()
    headers = {**TUS, "Upload-Offset": "0", "Content-Type": OCTETS}
    return {"path": {"id": id}, "headers": headers, "bytes": content}


FRESH = {
    "post-uploads": create_upload,
    "head-uploads-id": ask_upload,
    "delete-uploads-id": ask_upload,
    "patch-uploads-id": append_to_upload,
}


def replace(case, real):
    case.path_parameters = dict(real.get("path", {}))
    case.query = dict(real.get("query", {}))
    case.headers.clear()
    case.headers.update(real.get("headers", {}))
    case.cookies = {}
    if "bytes" in real:
        case.body, case.media_type = real["bytes"], OCTETS
    elif "body" in real:
        case.body, case.media_type = real["body"], "application/json"
    else:
        case.body = NOT_SET


turns = defaultdict(int)


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation.definition.raw
    name = operation["operationId"]
    if case.method.lower() != case.operation.method.lower():
        return
    turns[name] += 1
    known = GIVEN["real"].get(name, [])
    if turns[name] % 2 == 1 and (known or name in FRESH):
        at = turns[name] // 2
        replace(case, FRESH[name]() if name in FRESH else known[at % len(known)])
    spare(case, name)


def spare(case, name):
    """Two things would end the run and not the portal: its service stopped, its device revoked."""
    if name == "put-officer-service" and isinstance(case.body, dict) and "serving" in case.body:
        case.body = {**case.body, "serving": case.body["serving"] or True}
    if name in ("put-devices-id-revocation", "post-officer-devices-id-revoke"):
        if str(case.path_parameters.get("id", "")).lower() == OWN.id:
            case.path_parameters = {"id": GIVEN["devices"]["ended"]}


@schemathesis.hook
def after_call(context, case, response):
    line = {
        "operation": case.operation.definition.raw["operationId"],
        "method": response.request.method,
        "status": response.status_code,
    }
    LOG.write(json.dumps(line) + "\n")
    LOG.flush()
