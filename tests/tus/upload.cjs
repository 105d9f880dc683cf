// One file to a portal by tus-js-client: node upload.cjs ENDPOINT FILE
// HOSO_TOKEN: a training portal's token for a device. HOSO_WITH_CREATION=1: in one request. NODE_EXTRA_CA_CERTS: the portal's authority.
// NODE_PATH: where npm put tus-js-client. Prints each retry; exit code 1 when it gave up.
const { createHash } = require("node:crypto");
const { readFileSync } = require("node:fs");
const tus = require("tus-js-client");

const [endpoint, file] = process.argv.slice(2);
const bytes = readFileSync(file);
const sha256 = createHash("sha256").update(bytes).digest("hex");

new tus.Upload(bytes, {
  endpoint,
  headers: { Authorization: `Bearer ${process.env.HOSO_TOKEN}` },
  metadata: { sha256 },
  retryDelays: Array(20).fill(1000),
  uploadDataDuringCreation: process.env.HOSO_WITH_CREATION === "1",
  onShouldRetry(error, attempt) {
    console.log(`retry ${attempt + 1}: ${error.message.split("\n")[0]}`);
    return true;
  },
  onError(error) {
    console.error(error.message);
    process.exitCode = 1;
  },
  onSuccess() {
    console.log(`arrived: ${bytes.length} bytes`);
  },
}).start();
