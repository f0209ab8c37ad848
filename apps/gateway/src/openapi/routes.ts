import { z } from 'zod';
import {
  Accepted,
  AuthKeys,
  CreateImage,
  CreateManifest,
  CreateService,
  DeleteService,
  Deployment,
  GetService,
  GetServiceAccounting,
  Image,
  ImageRequest,
  ListDeployments,
  ListScalingDecisions,
  Manifest,
  ManifestCreation,
  Model,
  ModelRegistration,
  Operation,
  RegenerateServiceKey,
  RegisterModel,
  Service,
  ServiceAccounting,
  ServiceCreation,
  ServiceUpdate,
  UpdateService,
} from '#slipway/contracts';
import { eventsQuery } from '../feed/events.controller.js';
import { imageLogQuery, imagesQuery } from '../images/images.controller.js';
import { manifestsQuery } from '../manifests/manifests.controller.js';
import { modelsQuery } from '../models/models.controller.js';
import { deploymentsQuery } from '../operations/operations.controller.js';
import { decisionsQuery } from '../services/decisions.controller.js';
import { KeyRegeneration, serviceLogQuery, serviceQuery, servicesQuery } from '../services/services.controller.js';
import { environmentRoutes } from './environment-routes.js';
import { absent, at, codesOf, type DocumentedRoute, open } from './route.js';
import { secretRoutes } from './secret-routes.js';
import { DeploymentList, EventPage, ImagePage, ManifestPage, ModelPage, ScalingDecisionPage, ServicePage } from './components.js';

/** Every route, as the document tells it; a test compares it with the routes that exist. */
export const documentedRoutes: readonly DocumentedRoute[] = [
  at('post', 'models', {
    id: 'registerModel',
    summary: 'Register the next version of a model',
    description:
      'Its content is a blob that was uploaded to `/v2/{account}/uploads` before: a canonical tar of the file or folder.',
    body: ModelRegistration,
    answers: { 200: Model },
    codes: codesOf(RegisterModel),
  }),
  at('get', 'models', {
    id: 'listModels',
    summary: 'List models, newest first',
    query: modelsQuery,
    answers: { 200: ModelPage },
  }),
  at('get', 'models/{ref}', {
    id: 'getModel',
    summary: 'A model by id, name:version, or name for its newest version',
    answers: { 200: Model },
    codes: absent,
  }),
  at('post', 'manifests', {
    id: 'createManifest',
    summary: 'Create the next version of a manifest',
    description: 'Pins the models, the entry script, its assets and dependencies, the Python version and the platform.',
    body: ManifestCreation,
    answers: { 200: Manifest },
    codes: codesOf(CreateManifest),
  }),
  at('get', 'manifests', {
    id: 'listManifests',
    summary: 'List manifests, newest first',
    query: manifestsQuery,
    answers: { 200: ManifestPage },
  }),
  at('get', 'manifests/{ref}', {
    id: 'getManifest',
    summary: 'A manifest by id, name:version, or name for its newest version',
    answers: { 200: Manifest },
    codes: absent,
  }),
  at('post', 'images', {
    id: 'createImage',
    summary: 'Build an image from a manifest',
    description: 'The build goes on as an operation; its log can be followed.',
    body: ImageRequest,
    answers: { 202: Accepted },
    operation: true,
    codes: codesOf(CreateImage),
  }),
  at('get', 'images', {
    id: 'listImages',
    summary: 'List images, newest first',
    query: imagesQuery,
    answers: { 200: ImagePage },
  }),
  at('get', 'images/{ref}', {
    id: 'getImage',
    summary: 'An image by id, name:version, or name for its newest version',
    answers: { 200: Image },
    codes: absent,
  }),
  at('get', 'images/{ref}/log', {
    id: 'getImageLog',
    summary: 'The log of a build; follow=true goes on until the build ends',
    query: imageLogQuery,
    answers: { 200: 'text/plain' },
    codes: absent,
  }),
  at('post', 'services', {
    id: 'createService',
    summary: 'Create a service from an image',
    description: 'The rollout goes on as an operation. A taken name is 409.',
    body: ServiceCreation,
    answers: { 202: Accepted },
    operation: true,
    codes: codesOf(CreateService),
  }),
  at('get', 'services', {
    id: 'listServices',
    summary: 'List services, newest first',
    query: servicesQuery,
    answers: { 200: ServicePage },
  }),
  at('get', 'services/{ref}', {
    id: 'getService',
    summary: 'A service by id or name',
    description: 'A name alone is the one in the current environment, the default one unless said, else the only one; else 409.',
    query: serviceQuery,
    answers: { 200: Service },
    codes: codesOf(GetService),
  }),
  at('put', 'services/{ref}', {
    id: 'updateService',
    summary: 'Change what is given of a service; its URL and its keys stay',
    description:
      'A change of what runs makes a revision and rolls it out without a failed request; a bad one leaves the old one serving.',
    body: ServiceUpdate,
    answers: { 202: Accepted },
    operation: true,
    codes: codesOf(UpdateService),
  }),
  at('delete', 'services/{ref}', {
    id: 'deleteService',
    summary: 'Delete a service; 204 when there was none',
    answers: { 200: null, 204: null },
    codes: codesOf(DeleteService),
  }),
  at('get', 'services/{ref}/keys', {
    id: 'getServiceKeys',
    summary: 'The two keys of a service; either one scores',
    answers: { 200: AuthKeys },
    codes: codesOf(GetService),
  }),
  at('post', 'services/{ref}/regenerateKeys', {
    id: 'regenerateServiceKeys',
    summary: 'Make one key new; the other one goes on working',
    body: KeyRegeneration,
    answers: { 200: AuthKeys },
    codes: codesOf(RegenerateServiceKey),
  }),
  at('get', 'services/{ref}/telemetry', {
    id: 'getServiceTelemetry',
    summary: 'What became of every prediction of a service',
    answers: { 200: ServiceAccounting },
    codes: codesOf(GetService, GetServiceAccounting),
  }),
  at('get', 'services/{ref}/logs', {
    id: 'getServiceLogs',
    summary: 'What the replicas wrote: one JSON object a line, oldest first',
    query: serviceLogQuery,
    answers: { 200: 'application/x-ndjson' },
    codes: codesOf(GetService),
  }),
  at('get', 'services/{ref}/decisions', {
    id: 'listScalingDecisions',
    summary: 'What the autoscaler decided and from what, newest first',
    description:
      'With `Accept: text/event-stream` a stream of server-sent events that goes on, from `Last-Event-ID` or `after`, else with what is new; each `id` is that of a decision and each `data` a ScalingDecision.',
    query: decisionsQuery,
    answers: { 200: ScalingDecisionPage },
    codes: codesOf(ListScalingDecisions),
  }),
  at('get', 'operations/{id}', {
    id: 'getOperation',
    summary: 'How a change is going',
    description: 'Ask until `state` is neither NotStarted nor Running.',
    answers: { 200: Operation },
    codes: absent,
  }),
  at('get', 'deployments', {
    id: 'listDeployments',
    summary: 'Rollouts, newest first: what ran when',
    query: deploymentsQuery,
    answers: { 200: DeploymentList },
    codes: codesOf(ListDeployments),
  }),
  at('get', 'deployments/{id}', { id: 'getDeployment', summary: 'One rollout', answers: { 200: Deployment }, codes: absent }),
  ...environmentRoutes,
  ...secretRoutes,
  at('get', 'events', {
    id: 'listEvents',
    summary: 'What happened, oldest first',
    description:
      'With `Accept: text/event-stream` a stream of server-sent events that goes on, from `Last-Event-ID` or `after`, else with what is new; each `id` is a position and each `data` a FeedEntry.',
    query: eventsQuery,
    answers: { 200: EventPage },
  }),
  open('/', 'getLandingPage', 'A page for people', { 200: 'text/html' }),
  open('/healthz', 'getHealth', 'The process answers', { 200: z.object({ status: z.literal('ok') }) }),
  open('/readyz', 'getReadiness', 'Whether it can do its work', {
    200: z.object({ status: z.string(), problems: z.record(z.string(), z.string()) }),
    503: z.object({ status: z.string(), problems: z.record(z.string(), z.string()) }),
  }),
  open('/metrics', 'getMetrics', 'Metrics as Prometheus reads them', { 200: 'text/plain' }),
];
