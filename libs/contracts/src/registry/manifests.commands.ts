import { z } from 'zod';
import { defineCommand } from '../define.js';
import { PageRequest, Reference, pageOf } from '../primitives.js';
import { Manifest, ManifestCreation } from '../resources/manifest.js';

/** Creates the next version of a manifest; pins models, assets, Python and platform. */
export const CreateManifest = defineCommand({
  subject: 'cmd.registry.create-manifest.v1',
  request: ManifestCreation,
  response: Manifest,
  errors: ['not_found', 'invalid_archive', 'path_collision', 'unprocessable', 'python_missing', 'idempotency_mismatch'],
  callers: ['gateway'],
});

/** By id, `name:version`, or a name for its newest version. */
export const GetManifest = defineCommand({
  subject: 'cmd.registry.get-manifest.v1',
  request: z.object({ ref: Reference }),
  response: Manifest,
  errors: ['not_found'],
  callers: ['gateway', 'builder'],
});

/** Newest first; `modelId` lists the manifests that pin a model. */
export const ListManifests = defineCommand({
  subject: 'cmd.registry.list-manifests.v1',
  request: PageRequest.extend({ modelId: Reference.optional(), manifestName: z.string().optional() }),
  response: pageOf(Manifest),
  callers: ['gateway'],
});
