import { DomainError, type SealBox } from '#slipway/platform';

/** The kernel takes no longer `NAME=value`, bytes. */
const maxVariableBytes = 128 * 1024 - 1;
const maxTotalBytes = 512 * 1024;

/** The variables after a change: each key set, a null value removed. */
export function mergeEnv(
  current: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string | null>> | undefined,
): Record<string, string> {
  const merged: Record<string, string> = { ...current };
  for (const [name, value] of Object.entries(change ?? {})) {
    if (value === null) delete merged[name];
    else merged[name] = value;
  }
  return merged;
}

/** @throws DomainError `unprocessable` for a variable that Slipway sets itself or that no process can have. */
export function checkEnv(
  change: Readonly<Record<string, string | null>> | undefined,
  isReserved: (name: string) => boolean,
): void {
  let total = 0;
  for (const [name, value] of Object.entries(change ?? {})) {
    if (isReserved(name))
      throw new DomainError('unprocessable', `the variable ${name} is set by Slipway itself; give yours another name`);
    if (value === null) continue;
    if (value.includes('\0'))
      throw new DomainError('unprocessable', `the value of ${name} holds a NUL character, which no variable can; encode it`);
    const bytes = Buffer.byteLength(`${name}=${value}`);
    total += bytes;
    if (bytes > maxVariableBytes || total > maxTotalBytes)
      throw new DomainError(
        'unprocessable',
        `the variable ${name} makes the environment too large (${maxVariableBytes} bytes each, ${maxTotalBytes} in all); put the value in a file`,
      );
  }
}

const purposeOf = (serviceId: string): string => `service-env:${serviceId}`;

export function sealEnv(box: SealBox, serviceId: string, env: Readonly<Record<string, string>>): string | null {
  return Object.keys(env).length === 0 ? null : box.seal(JSON.stringify(env), purposeOf(serviceId));
}

export function openEnv(box: SealBox, serviceId: string, sealed: string | null): Record<string, string> {
  return sealed === null ? {} : (JSON.parse(box.open(sealed, purposeOf(serviceId))) as Record<string, string>);
}
