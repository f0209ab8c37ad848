/** A trivial replica: answers every request with 100 bytes and the request's id, as cheaply as Node can. Prints its port. */
import { createServer } from 'node:net';

const body = 'x'.repeat(100);
const idMark = Buffer.from('X-Ms-Request-Id: ');
const noId = '00000000-0000-0000-0000-000000000000';

const server = createServer({ noDelay: true }, (socket) => {
  let rest = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    let bytes = rest.length > 0 ? Buffer.concat([rest, data]) : data;
    for (;;) {
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) break;
      const head = bytes.toString('latin1', 0, end + 4);
      const total = end + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (bytes.length < total) break;
      const at = bytes.indexOf(idMark);
      const id = at >= 0 && at < end ? head.slice(at + idMark.length, at + idMark.length + 36) : noId;
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nX-Ms-Request-Id: ${id}\r\n\r\n${body}`,
      );
      bytes = bytes.subarray(total);
    }
    rest = bytes;
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
