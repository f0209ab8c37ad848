import { parentPort } from 'node:worker_threads';
import { SpoolHost } from './spool-host.js';
import type { ToSpool } from './spool.protocol.js';

const port = parentPort!;
let host: SpoolHost | undefined;

port.on('message', (message: ToSpool) => {
  if (message.kind === 'start') host = new SpoolHost(message.settings, (answer) => port.postMessage(answer));
  else if (message.kind === 'write') host?.write(message.batch, message.items);
  else if (message.kind === 'flush') host?.flush(message.id);
  else void host?.stop().then(() => process.exit(0));
});
