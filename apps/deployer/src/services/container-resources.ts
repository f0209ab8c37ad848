import type { Service } from '#slipway/contracts';
import type { ReplicaResources } from '../compute/compute-target.port.js';

const units: Readonly<Record<string, number>> = {
  '': 1,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** Kubernetes notation in numbers: `0.5` and `500m` are 500 thousandths of a core, `300M` is 300,000,000 bytes. */
export function resourcesOf({ cpu, memory }: Service['containerResourceReservation']): ReplicaResources {
  return {
    cpuMillis: cpu === undefined ? undefined : cpu.endsWith('m') ? Number.parseInt(cpu, 10) : Math.round(Number(cpu) * 1_000),
    memoryBytes: memory === undefined ? undefined : bytesOf(memory),
  };
}

function bytesOf(memory: string): number {
  const [, amount, unit] = /^([\d.]+)([KMGT]i?)?$/.exec(memory)!;
  return Math.round(Number(amount) * units[unit ?? '']!);
}
