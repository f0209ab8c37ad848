import { z } from 'zod';
import {
  Accepted,
  AuthKeys,
  CreateManifest,
  Deployment,
  Environment,
  FeedEntry,
  Image,
  ImageRequest,
  Manifest,
  Model,
  Operation,
  RegisterModel,
  Service,
  ServiceAccounting,
  ServiceCreation,
  ServiceUpdate,
} from '#slipway/contracts';
import { environmentsQuery } from '../environments/environments.controller.js';
import { eventsQuery } from '../feed/events.controller.js';
import { imagesQuery } from '../images/images.controller.js';
import { manifestsQuery } from '../manifests/manifests.controller.js';
import { modelsQuery } from '../models/models.controller.js';
import { deploymentsQuery } from '../operations/operations.controller.js';
import { KeyRegeneration, logQuery, servicesQuery } from '../services/services.controller.js';

export interface DocumentedRoute {
  method: 'get' | 'post' | 'put' | 'delete';
  path: string;
  tag: string;
  id: string;
  summary: string;
  query?: z.ZodType;
  body?: z.ZodType;
  /** Success answers: status to schema, null for an empty body, a media type for a stream. */
  answers: Readonly<Record<number, z.ZodType | null | string>>;
  /** 202 with `Operation-Location`. */
  operation?: boolean;
}

const base = '/api/v1/accounts/{account}';
const page = (item: z.ZodType): z.ZodType => z.object({ value: z.array(item), nextLink: z.string().optional() });
const LogQuery = z.object(Object.fromEntries(logQuery.map((name) => [name, z.string().optional()])));

/** Components of the document, by name. */
export const components: Readonly<Record<string, z.ZodType>> = {
  Model,
  ModelRegistration: RegisterModel.request,
  Manifest,
  ManifestCreation: CreateManifest.request,
  Image,
  ImageRequest,
  Service,
  ServiceCreation,
  ServiceUpdate,
  ServiceAccounting,
  Deployment,
  Operation,
  Accepted,
  AuthKeys,
  KeyRegeneration,
  Environment,
  FeedEntry,
};

/** Every route below `/api`, as the document tells it; a test compares it with the routes that exist. */
export const documentedRoutes: readonly DocumentedRoute[] = [
  {
    method: 'post',
    path: `${base}/models`,
    tag: 'models',
    id: 'registerModel',
    summary: 'Register the next version of a model',
    body: RegisterModel.request,
    answers: { 200: Model },
  },
  {
    method: 'get',
    path: `${base}/models`,
    tag: 'models',
    id: 'listModels',
    summary: 'List models, newest first',
    query: modelsQuery,
    answers: { 200: page(Model) },
  },
  {
    method: 'get',
    path: `${base}/models/{ref}`,
    tag: 'models',
    id: 'getModel',
    summary: 'A model by id, name:version, or name',
    answers: { 200: Model },
  },
  {
    method: 'post',
    path: `${base}/manifests`,
    tag: 'manifests',
    id: 'createManifest',
    summary: 'Create the next version of a manifest',
    body: CreateManifest.request,
    answers: { 200: Manifest },
  },
  {
    method: 'get',
    path: `${base}/manifests`,
    tag: 'manifests',
    id: 'listManifests',
    summary: 'List manifests, newest first',
    query: manifestsQuery,
    answers: { 200: page(Manifest) },
  },
  {
    method: 'get',
    path: `${base}/manifests/{ref}`,
    tag: 'manifests',
    id: 'getManifest',
    summary: 'A manifest by id, name:version, or name',
    answers: { 200: Manifest },
  },
  {
    method: 'post',
    path: `${base}/images`,
    tag: 'images',
    id: 'createImage',
    summary: 'Build an image from a manifest',
    body: ImageRequest,
    answers: { 202: Accepted },
    operation: true,
  },
  {
    method: 'get',
    path: `${base}/images`,
    tag: 'images',
    id: 'listImages',
    summary: 'List images, newest first',
    query: imagesQuery,
    answers: { 200: page(Image) },
  },
  {
    method: 'get',
    path: `${base}/images/{ref}`,
    tag: 'images',
    id: 'getImage',
    summary: 'An image by id, name:version, or name',
    answers: { 200: Image },
  },
  {
    method: 'get',
    path: `${base}/images/{ref}/log`,
    tag: 'images',
    id: 'getImageLog',
    summary: 'The log of a build; follow=true goes on until it ends',
    query: z.object({ follow: z.string().optional() }),
    answers: { 200: 'text/plain' },
  },
  {
    method: 'post',
    path: `${base}/services`,
    tag: 'services',
    id: 'createService',
    summary: 'Create a service from an image',
    body: ServiceCreation,
    answers: { 202: Accepted },
    operation: true,
  },
  {
    method: 'get',
    path: `${base}/services`,
    tag: 'services',
    id: 'listServices',
    summary: 'List services, newest first',
    query: servicesQuery,
    answers: { 200: page(Service) },
  },
  {
    method: 'get',
    path: `${base}/services/{ref}`,
    tag: 'services',
    id: 'getService',
    summary: 'A service by id or name',
    answers: { 200: Service },
  },
  {
    method: 'put',
    path: `${base}/services/{ref}`,
    tag: 'services',
    id: 'updateService',
    summary: 'Change a service; URL and keys stay',
    body: ServiceUpdate,
    answers: { 202: Accepted },
    operation: true,
  },
  {
    method: 'delete',
    path: `${base}/services/{ref}`,
    tag: 'services',
    id: 'deleteService',
    summary: 'Delete a service; 204 when there was none',
    answers: { 200: null, 204: null },
  },
  {
    method: 'get',
    path: `${base}/services/{ref}/keys`,
    tag: 'services',
    id: 'getServiceKeys',
    summary: 'The keys of a service',
    answers: { 200: AuthKeys },
  },
  {
    method: 'post',
    path: `${base}/services/{ref}/regenerateKeys`,
    tag: 'services',
    id: 'regenerateServiceKeys',
    summary: 'Make one key new',
    body: KeyRegeneration,
    answers: { 200: AuthKeys },
  },
  {
    method: 'get',
    path: `${base}/services/{ref}/telemetry`,
    tag: 'services',
    id: 'getServiceTelemetry',
    summary: 'What became of every prediction',
    answers: { 200: ServiceAccounting },
  },
  {
    method: 'get',
    path: `${base}/services/{ref}/logs`,
    tag: 'services',
    id: 'getServiceLogs',
    summary: 'What the replicas wrote, one JSON object a line',
    query: LogQuery,
    answers: { 200: 'application/x-ndjson' },
  },
  {
    method: 'get',
    path: `${base}/operations/{id}`,
    tag: 'operations',
    id: 'getOperation',
    summary: 'How a change is going',
    answers: { 200: Operation },
  },
  {
    method: 'get',
    path: `${base}/deployments`,
    tag: 'deployments',
    id: 'listDeployments',
    summary: 'Rollouts, newest first',
    query: deploymentsQuery,
    answers: { 200: z.object({ value: z.array(Deployment) }) },
  },
  {
    method: 'get',
    path: `${base}/deployments/{id}`,
    tag: 'deployments',
    id: 'getDeployment',
    summary: 'One rollout',
    answers: { 200: Deployment },
  },
  {
    method: 'get',
    path: `${base}/environments`,
    tag: 'environments',
    id: 'listEnvironments',
    summary: 'List environments',
    query: environmentsQuery,
    answers: { 200: page(Environment) },
  },
  {
    method: 'get',
    path: `${base}/environments/{ref}`,
    tag: 'environments',
    id: 'getEnvironment',
    summary: 'An environment by id or name',
    answers: { 200: Environment },
  },
  {
    method: 'get',
    path: `${base}/events`,
    tag: 'events',
    id: 'listEvents',
    summary: 'What happened; with Accept: text/event-stream a stream that goes on',
    query: eventsQuery,
    answers: { 200: z.object({ value: z.array(FeedEntry), next: z.int() }) },
  },
];
