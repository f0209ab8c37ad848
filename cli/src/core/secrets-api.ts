import { type components, dataOf, toApiError } from '#slipway/client';
import { ApiBase } from './api-base.js';

type Schemas = components['schemas'];
export type Secret = Schemas['SecretList']['value'][number];

export class SecretsApi extends ApiBase {
  set(name: string, value: string, roll: boolean, key: string): Promise<Schemas['SecretChange']> {
    return this.ask(
      dataOf(
        this.client.POST('/api/v1/accounts/{account}/secrets', {
          params: { path: this.account, header: { 'Idempotency-Key': key } },
          body: { name, value, roll },
        }),
      ),
    );
  }
  async list(): Promise<Secret[]> {
    return (await this.ask(dataOf(this.client.GET('/api/v1/accounts/{account}/secrets', { params: { path: this.account } }))))
      .value;
  }
  /** False when there was nothing to delete. */
  async delete(name: string, key: string): Promise<boolean> {
    return this.ask(
      this.client
        .DELETE('/api/v1/accounts/{account}/secrets/{name}', {
          params: { path: { ...this.account, name }, header: { 'Idempotency-Key': key } },
        })
        .then(({ response, error }) => {
          if (!response.ok) throw toApiError(response.status, error);
          return response.status !== 204;
        }),
    );
  }
}
