import {
  Accepted,
  CheckEnvironment,
  CreateEnvironment,
  DeleteEnvironment,
  Environment,
  EnvironmentCreation,
  EnvironmentCredentials,
  EnvironmentUpdate,
  UpdateEnvironment,
} from '#slipway/contracts';
import { environmentsQuery } from '../environments/environments.controller.js';
import { EnvironmentPage } from './components.js';
import { absent, at, codesOf, type DocumentedRoute } from './route.js';

export const environmentRoutes: readonly DocumentedRoute[] = [
  at('get', 'environments', {
    id: 'listEnvironments',
    summary: 'List environments, newest first',
    query: environmentsQuery,
    answers: { 200: EnvironmentPage },
  }),
  at('get', 'environments/{ref}', {
    id: 'getEnvironment',
    summary: 'An environment by id or name',
    answers: { 200: Environment },
    codes: absent,
  }),
  at('post', 'environments', {
    id: 'createEnvironment',
    summary: 'Set up an environment: processes, a Docker Engine or a namespace of a cluster',
    description: 'Its parts are tried for real and what it needs is put there, as an operation. Credentials are kept sealed.',
    body: EnvironmentCreation,
    answers: { 202: Accepted },
    operation: true,
    codes: codesOf(CreateEnvironment),
  }),
  at('put', 'environments/{ref}', {
    id: 'updateEnvironment',
    summary: 'Change what is given of an environment',
    description: 'The new settings are tried first: when a part fails nothing has changed.',
    body: EnvironmentUpdate,
    answers: { 202: Accepted },
    operation: true,
    codes: codesOf(UpdateEnvironment),
  }),
  at('delete', 'environments/{ref}', {
    id: 'deleteEnvironment',
    summary: 'Take an environment down; 204 when there was none',
    description: 'Refused, naming them, while services are in it.',
    answers: { 202: DeleteEnvironment.response, 204: null },
    operation: true,
    codes: codesOf(DeleteEnvironment),
  }),
  at('get', 'environments/{ref}/credentials', {
    id: 'getEnvironmentCredentials',
    summary: 'What opens its cluster, engine or registry; shown nowhere else',
    answers: { 200: EnvironmentCredentials },
    codes: absent,
  }),
  at('post', 'environments/{ref}/check', {
    id: 'checkEnvironment',
    summary: 'Try each part of an environment now; changes nothing',
    answers: { 200: CheckEnvironment.response },
    codes: absent,
  }),
];
