import { z } from 'zod';
import {
  Accepted,
  AuthKeys,
  CheckEnvironment,
  DeleteEnvironment,
  Deployment,
  Environment,
  EnvironmentCreation,
  EnvironmentCredentials,
  EnvironmentUpdate,
  ErrorResponse,
  FeedEntry,
  Image,
  ImageRequest,
  ListSecrets,
  Manifest,
  ManifestCreation,
  Model,
  ModelRegistration,
  Operation,
  ScalingDecision,
  SecretSetting,
  Service,
  ServiceAccounting,
  ServiceCreation,
  ServiceUpdate,
  SetSecret,
} from '#slipway/contracts';
import { KeyRegeneration } from '../services/services.controller.js';

const page = <Item extends z.ZodType>(item: Item) =>
  z.object({
    value: z.array(item),
    nextLink: z.url().optional().describe('The next page, ready to be asked for; absent on the last one.'),
  });

export const ModelPage = page(Model);
export const ManifestPage = page(Manifest);
export const ImagePage = page(Image);
export const ServicePage = page(Service);
export const ScalingDecisionPage = page(ScalingDecision);
export const EnvironmentPage = page(Environment);
export const DeploymentList = z.object({ value: z.array(Deployment) });
export const EventPage = page(FeedEntry).extend({
  next: z.int().nonnegative().describe('`after` of the next question, also when nothing is new yet.'),
});

/** Components of the document, by name. */
export const components = {
  ErrorResponse,
  Model,
  ModelPage,
  ModelRegistration,
  Manifest,
  ManifestPage,
  ManifestCreation,
  Image,
  ImagePage,
  ImageRequest,
  Service,
  ServicePage,
  ServiceCreation,
  ServiceUpdate,
  ServiceAccounting,
  ScalingDecision,
  ScalingDecisionPage,
  Deployment,
  DeploymentList,
  Operation,
  Accepted,
  AuthKeys,
  KeyRegeneration,
  Environment,
  EnvironmentCreation,
  EnvironmentUpdate,
  EnvironmentCredentials,
  EnvironmentChecks: CheckEnvironment.response,
  EnvironmentDeletion: DeleteEnvironment.response,
  EnvironmentPage,
  SecretSetting,
  SecretChange: SetSecret.response,
  SecretList: ListSecrets.response,
  FeedEntry,
  EventPage,
} satisfies Readonly<Record<string, z.ZodType>>;
