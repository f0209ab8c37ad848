import type { Image, Operation } from '#slipway/contracts';
import type { ImageRow, OperationRow } from './image.entity.js';

export const imageUrl = (row: Pick<ImageRow, 'account' | 'id'>): string => `/api/v1/accounts/${row.account}/images/${row.id}`;
export const repositoryOf = (row: Pick<ImageRow, 'account' | 'name'>): string => `${row.account}/${row.name}`;
export const locationOf = (row: Pick<ImageRow, 'account' | 'name' | 'version'>): string => `${repositoryOf(row)}:${row.version}`;

export function toImage(row: ImageRow): Image {
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    description: row.description,
    imageType: 'Docker',
    imageLocation: row.digest === null ? null : locationOf(row),
    digest: row.digest,
    imageBuildLogUri: `${imageUrl(row)}/log`,
    creationState: row.state,
    createdTime: row.createdAt.toISOString(),
    createdBy: row.createdBy,
    computeResourceId: row.computeResourceId,
    manifestId: row.manifestId,
    manifest: row.manifest,
    error: row.error,
  };
}

export function toOperation(row: OperationRow): Operation {
  return {
    id: row.id,
    operationType: 'Image',
    state: row.state,
    resourceLocation: imageUrl({ account: row.account, id: row.imageId }),
    progress: row.progress,
    createdTime: row.createdAt.toISOString(),
    endTime: row.endTime?.toISOString() ?? null,
    error: row.error,
  };
}
