/** bigint columns arrive as text; every figure here stays below 2^53. */
const asNumber = { to: (value: number | undefined) => value, from: (value: string) => Number(value) };

export const bigint = (name: string) => ({ type: 'bigint' as const, name, transformer: asNumber });
export const createdAt = { type: 'timestamptz' as const, precision: 3, name: 'created_at', default: () => 'now()' };
