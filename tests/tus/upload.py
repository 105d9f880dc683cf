"""One file to a portal by tuspy: python upload.py ENDPOINT FILE

HOSO_TOKEN: a training portal's token for a device. REQUESTS_CA_BUNDLE: the portal's authority.
Each chunk carries its checksum. Prints each retry; exit code 1 when it gave up.
"""

import hashlib
import os
import sys

from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError
from tusclient.uploader import Uploader


class Checked(Uploader):
    CHECKSUM_ALGORITHM_PAIR = ("sha256", hashlib.sha256)

    def _retry_or_cry(self, error):
        print(f"retry {self._retried + 1}: {type(error).__name__} at {self.offset}", flush=True)
        super()._retry_or_cry(error)


endpoint, file = sys.argv[1:]
with open(file, "rb") as stream:
    sha256 = hashlib.sha256(stream.read()).hexdigest()
client = TusClient(endpoint, headers={"Authorization": f"Bearer {os.environ['HOSO_TOKEN']}"})
uploader = Checked(
    file_path=file,
    client=client,
    chunk_size=600_000,
    metadata={"sha256": sha256},
    retries=20,
    retry_delay=1,
    upload_checksum=True,
)
# tuspy itself does not ask again for a creation whose answer was lost
for left in reversed(range(5)):
    try:
        uploader.upload()
        break
    except TusCommunicationError as error:
        if left == 0 or uploader.url:
            raise
        print(f"creation again: {type(error).__name__}", flush=True)
print(f"arrived: {uploader.offset} bytes")
