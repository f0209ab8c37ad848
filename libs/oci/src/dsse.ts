import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { canonicalJson } from './documents.js';
import { digestOf } from './digest.js';

export const dsseMediaType = 'application/vnd.dsse.envelope.v1+json';

/** What is signed: the type and the payload with their lengths (DSSE v1, PAE). */
const signedBytes = (type: string, payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload]);

/** Names a public key: the digest of its DER form. */
function keyId(key: ReturnType<typeof createPublicKey>): string {
  return digestOf(key.export({ type: 'spki', format: 'der' }));
}

/** A DSSE envelope (github.com/secure-systems-lab/dsse) with one Ed25519 signature. @param privateKey PKCS #8, PEM */
export function signEnvelope(payloadType: string, payload: Buffer, privateKey: string): string {
  const key = createPrivateKey(privateKey);
  const sig = sign(null, signedBytes(payloadType, payload), key).toString('base64');
  const keyid = keyId(createPublicKey(key));
  return canonicalJson({ payloadType, payload: payload.toString('base64'), signatures: [{ keyid, sig }] });
}

/** The payload of an envelope that one of these keys signed; undefined for anything else. @param publicKeys SPKI, PEM */
export function openEnvelope(text: string, payloadType: string, publicKeys: readonly string[]): Buffer | undefined {
  let envelope: { payloadType?: unknown; payload?: unknown; signatures?: unknown };
  try {
    envelope = (JSON.parse(text) ?? {}) as typeof envelope;
  } catch {
    return undefined;
  }
  if (envelope.payloadType !== payloadType || typeof envelope.payload !== 'string' || !Array.isArray(envelope.signatures))
    return undefined;
  const payload = Buffer.from(envelope.payload, 'base64');
  const bytes = signedBytes(payloadType, payload);
  const signatures = (envelope.signatures as ({ sig?: unknown } | null)[]).flatMap((each) =>
    typeof each?.sig === 'string' ? [Buffer.from(each.sig, 'base64')] : [],
  );
  const signed = publicKeys.some((pem) => signatures.some((signature) => verify(null, bytes, createPublicKey(pem), signature)));
  return signed ? payload : undefined;
}
