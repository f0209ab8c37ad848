/**
 * Closed-loop load over keep-alive connections: driver.mjs <port> <path> <key> <connections> <seconds>.
 * Prints one line of JSON: answers, seconds, failures and latencies in microseconds.
 */
import { connect } from 'node:net';

const [port, path, key, connections, seconds] = process.argv.slice(2);
const body = JSON.stringify({ input: Array.from({ length: 24 }, (_, index) => index * 1.25) });
const request = Buffer.from(
  `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
);
const warmupMs = 500;
const begun = performance.now();
const measureFrom = begun + warmupMs;
const until = measureFrom + Number(seconds) * 1000;
const latencies = [];
let failures = 0;
let open = 0;

function run() {
  open += 1;
  const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
  let text = '';
  let sentAt = 0;
  const send = () => {
    sentAt = performance.now();
    if (sentAt >= until) socket.end();
    else socket.write(request);
  };
  socket.on('connect', send);
  socket.on('data', (data) => {
    text += data.toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    if (end < 0 || text.length < end + 4 + Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)) return;
    const now = performance.now();
    if (sentAt >= measureFrom) {
      latencies.push((now - sentAt) * 1000);
      if (!text.startsWith('HTTP/1.1 200')) failures += 1;
    }
    text = '';
    send();
  });
  socket.on('error', () => (failures += 1));
  socket.on('close', () => {
    open -= 1;
    if (open === 0) report();
  });
}

function report() {
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  console.log(JSON.stringify({ answers: latencies.length, seconds: Number(seconds), failures, p50: at(0.5), p99: at(0.99) }));
}

for (let index = 0; index < Number(connections); index++) run();
