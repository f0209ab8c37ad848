import type { CollectedRecord, PredictionRecord } from '#slipway/contracts';

type Owner = Pick<PredictionRecord, 'account' | 'environment' | 'serviceName'>;

/** A path segment: percent-encoded (RFC 3986 §2.1), with a leading dot encoded too, so that no name leaves its folder. */
export function segment(text: string): string {
  const encoded = encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  return encoded.replace(/^\.+/, (dots) => '%2E'.repeat(dots.length)) || '%00';
}

/** `/modeldata/<account>/<environment>/<service>`, relative to the storage's root. */
export function serviceFolder(owner: Owner): string {
  return ['modeldata', segment(owner.account), segment(owner.environment), segment(owner.serviceName)].join('/');
}

interface ModelName {
  id: string;
  name: string;
  version: string | number;
}

/** Folder of one identifier and one day of record time (UTC). */
export function dayFolder(owner: Owner, model: ModelName | undefined, identifier: string, time: string): string {
  const [year = '', month = '', day = ''] = time.slice(0, 10).split('-');
  const modelSegment = model ? segment(`${model.id}-${model.name}-${model.version}`) : 'none';
  return [serviceFolder(owner), modelSegment, segment(identifier), year, month, day].join('/');
}

export function folderOfCollected(record: CollectedRecord): string {
  return dayFolder(record, record.model, record.identifier, record.time);
}
