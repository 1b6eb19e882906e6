// The official tus client, sending one file: node tus_client.mjs '{"file", "endpoint", "cookie", "token", "piece", …}'
// Tries again whenever the line breaks; prints one line of JSON at the end.
import { createReadStream } from "node:fs";
import { Upload } from "tus-js-client";

const order = JSON.parse(process.argv[2]);
let tries = 0;
const began = performance.now();

const upload = new Upload(createReadStream(order.file), {
  endpoint: order.endpoint,
  uploadUrl: order.address ?? null,
  chunkSize: order.piece ?? Number.POSITIVE_INFINITY,
  retryDelays: Array(400).fill(order.delay ?? 20),
  metadata: { filename: order.name ?? "film.mkv", kind: order.kind ?? "video" },
  headers: { Cookie: order.cookie, "X-CSRFToken": order.token },
  onShouldRetry: () => {
    tries += 1;
    return true;
  },
  onError: (trouble) => {
    console.log(JSON.stringify({ trouble: String(trouble), tries }));
    process.exit(1);
  },
  onSuccess: () => {
    console.log(JSON.stringify({ address: upload.url, tries, seconds: (performance.now() - began) / 1000 }));
  },
});
upload.start();
