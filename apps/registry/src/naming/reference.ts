import { isUuid } from '#slipway/platform';

/** How a caller may name one resource; tried in this order. */
export type NameReference = { id: string } | { name: string; version?: number };

/** A UUID is an id. Any other text is a whole name first, because names may hold colons, and then `name:version`. */
export function readReference(ref: string): NameReference[] {
  if (isUuid(ref)) return [{ id: ref.toLowerCase() }];
  const name = ref.normalize('NFC');
  const match = /^(.+):([1-9]\d{0,8})$/su.exec(name);
  return match ? [{ name }, { name: match[1]!, version: Number(match[2]) }] : [{ name }];
}
