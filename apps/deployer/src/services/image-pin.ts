import type { Image, ImagePin } from '#slipway/contracts';
import { DomainError } from '#slipway/platform';

/** What a revision keeps of an image. @throws DomainError for an image that is not built. */
export function pinImage(image: Image): ImagePin {
  const name = `${image.name}:${image.version}`;
  if (image.creationState === 'Failed' || image.creationState === 'Cancelled')
    throw new DomainError(
      'unprocessable',
      `image ${name} was not built (${image.error?.message ?? image.creationState}); create it again and use the new one`,
      image.error?.details ?? [],
    );
  if (image.creationState !== 'Succeeded' || image.digest === null || image.imageLocation === null)
    throw new DomainError('conflict', `image ${name} is still being built; wait until its state is Succeeded and repeat`);
  const { manifest } = image;
  return {
    id: image.id,
    name: image.name,
    version: image.version,
    digest: image.digest,
    repository: image.imageLocation.slice(0, image.imageLocation.lastIndexOf(':')),
    manifestId: manifest.id,
    manifestName: manifest.name,
    manifestVersion: manifest.version,
    entry: manifest.entry,
    schemaPath: manifest.schemaPath,
    python: manifest.python,
    platform: manifest.platform,
    models: manifest.models,
  };
}
