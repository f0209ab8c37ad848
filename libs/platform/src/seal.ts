import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * Seals secrets at rest by AES-256-GCM. A sealed text is `v1.<key id>.<base64url of 12-byte nonce, 16-byte tag, ciphertext>`;
 * the purpose is bound as associated data, so a sealed value cannot be moved to another row's purpose.
 */
export class SealBox {
  private constructor(
    private readonly key: Buffer,
    private readonly keyId: string,
  ) {}

  /** @throws Error naming the file when it is missing or does not hold 32 bytes as 64 hex digits. */
  static fromFile(file: string | undefined): SealBox {
    if (!file)
      throw new Error('SLIPWAY_SEAL_KEY_FILE is not set: this service keeps sealed secrets and cannot start without its key');
    let text: string;
    try {
      text = readFileSync(file, 'utf8').trim();
    } catch (cause) {
      throw new Error(`the sealing key ${file} (SLIPWAY_SEAL_KEY_FILE) cannot be read`, { cause });
    }
    if (!/^[0-9a-f]{64}$/.test(text))
      throw new Error(`the sealing key ${file} (SLIPWAY_SEAL_KEY_FILE) is not 64 hexadecimal digits`);
    return SealBox.fromKey(Buffer.from(text, 'hex'));
  }

  static fromKey(key: Buffer): SealBox {
    return new SealBox(key, createHash('sha256').update(key).digest('hex').slice(0, 8));
  }

  seal(plain: string, purpose: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce).setAAD(Buffer.from(purpose));
    const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return `v1.${this.keyId}.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`;
  }

  /** @throws Error when the text was sealed by another key, for another purpose, or was changed. */
  open(sealed: string, purpose: string): string {
    const [version, keyId, data] = sealed.split('.');
    if (version !== 'v1' || !data) throw new Error('this is not a sealed value');
    if (keyId !== this.keyId) throw new Error(`the value was sealed by key ${keyId}, this service has key ${this.keyId}`);
    const bytes = Buffer.from(data, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, 12)).setAAD(Buffer.from(purpose));
    decipher.setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
  }
}
