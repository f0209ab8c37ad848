import { createReadStream } from 'node:fs';
import { createClient, type components, followEvents, readLog, SlipwayApiError, waitForOperation } from '#slipway/client';
import { type BlobSource, DistributionClient, DistributionError } from '#slipway/oci';
import { CliError } from './errors.js';
import type { Profile } from './profile.js';

type Schemas = components['schemas'];
export type Model = Schemas['Model'];
export type Manifest = Schemas['Manifest'];
export type ManifestCreation = Schemas['ManifestCreation'];
export type Image = Schemas['Image'];
export type Service = Schemas['Service'];
export type Deployment = Schemas['Deployment'];
export type ServiceSettings = Omit<Schemas['ServiceUpdate'], 'imageId'>;
