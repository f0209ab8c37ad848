import { DeleteSecret, ListSecrets, SecretSetting, SetSecret } from '#slipway/contracts';
import { at, codesOf, type DocumentedRoute } from './route.js';

export const secretRoutes: readonly DocumentedRoute[] = [
  at('post', 'secrets', {
    id: 'setSecret',
    summary: 'Make a secret, or give it another value',
    description: 'The value is kept sealed and shown by no answer. Services get it with their next revision, or now with `roll`.',
    body: SecretSetting,
    answers: { 200: SetSecret.response },
    codes: codesOf(SetSecret),
  }),
  at('get', 'secrets', { id: 'listSecrets', summary: 'Names of secrets', answers: { 200: ListSecrets.response } }),
  at('delete', 'secrets/{name}', {
    id: 'deleteSecret',
    summary: 'Delete a secret; 204 when there was none',
    description: 'Refused, naming them, while services use it.',
    answers: { 200: null, 204: null },
    codes: codesOf(DeleteSecret),
  }),
];
