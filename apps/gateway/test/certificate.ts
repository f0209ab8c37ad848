import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** DER (X.690): a tag, a length, contents. */
function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const contents = Buffer.concat(parts);
  const length =
    contents.length < 0x80 ? Buffer.from([contents.length]) : Buffer.from([0x82, contents.length >> 8, contents.length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, contents]);
}
const sequence = (...parts: Uint8Array[]): Buffer => der(0x30, ...parts);
const ed25519 = sequence(der(0x06, Buffer.from([0x2b, 0x65, 0x70])));
const utcTime = (date: Date): Buffer => der(0x17, Buffer.from(`${date.toISOString().slice(2, 19).replaceAll(/[-:T]/g, '')}Z`));

/** A certificate for `localhost` that signs itself (RFC 5280, RFC 8410), valid for an hour; PEM. */
export function selfSigned(): { cert: string; key: string } {
  const { privateKey } = generateKeyPairSync('ed25519');
  const commonName = sequence(
    der(0x31, sequence(der(0x06, Buffer.from([0x55, 0x04, 0x03])), der(0x0c, Buffer.from('localhost')))),
  );
  const altName = sequence(der(0x06, Buffer.from([0x55, 0x1d, 0x11])), der(0x04, sequence(der(0x82, Buffer.from('localhost')))));
  const now = Date.now();
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ed25519,
    commonName,
    sequence(utcTime(new Date(now - 60_000)), utcTime(new Date(now + 3_600_000))),
    commonName,
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(altName)),
  );
  const signature = der(0x03, Buffer.from([0]), sign(null, body, privateKey));
  const text = sequence(body, ed25519, signature).toString('base64').replaceAll(/.{64}/g, '$&\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}
