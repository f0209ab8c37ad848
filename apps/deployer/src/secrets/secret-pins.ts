import { Injectable } from '@nestjs/common';
import type { SecretRefs } from '#slipway/contracts';
import { DomainError, SealBox, type Transaction } from '#slipway/platform';
import type { RevisionEntity } from '../services/revision.entity.js';
import { checkEnv } from '../services/service-env.js';
import { SecretsRepository } from './secrets.repository.js';

/** What replicas get of secrets: variables, and texts of files by their path. */
export interface SecretValues {
  variables: Record<string, string>;
  files: Record<string, string>;
}

/** What a revision keeps of them: which, in which version; and the values, sealed. A restart never sees another value. */
export type PinnedSecrets = Pick<RevisionEntity, 'secrets' | 'secretsSealed'>;

export const secretPurpose = (id: string): string => `secret:${id}`;
const purposeOf = (serviceId: string): string => `service-secrets:${serviceId}`;
const namesOf = ({ variables, files }: SecretRefs): string[] => [
  ...new Set([...Object.values(variables), ...Object.values(files)]),
];

/** Secrets as revisions are made with them. */
@Injectable()
export class SecretPins {
  constructor(
    private readonly secrets: SecretsRepository,
    private readonly box: SealBox,
  ) {}

  /** @throws DomainError `unprocessable` naming those that there are not. */
  async pin(tx: Transaction, account: string, serviceId: string, refs: SecretRefs): Promise<PinnedSecrets> {
    const names = namesOf(refs);
    const rows = await this.secrets.hold(tx, account, names);
    const byName = new Map(rows.map((row) => [row.name, row]));
    const missing = names.filter((name) => !byName.has(name));
    if (missing.length > 0)
      throw new DomainError(
        'unprocessable',
        `there is no secret ${missing.map((name) => `'${name}'`).join(', ')}; set it first: slipway secret set ${missing[0]} -`,
      );
    const value = (name: string): string => {
      const row = byName.get(name)!;
      return this.box.open(row.sealed, secretPurpose(row.id));
    };
    const values: SecretValues = { variables: mapped(refs.variables, value), files: mapped(refs.files, value) };
    checkEnv(values.variables, () => false);
    const versions = Object.fromEntries(rows.map((row) => [row.name, `${row.id}/${row.rowVersion}`]));
    return {
      secrets: { ...refs, versions },
      secretsSealed: names.length === 0 ? null : this.box.seal(JSON.stringify(values), purposeOf(serviceId)),
    };
  }

  /** Whether one of a revision's secrets has another value by now. */
  async stale(tx: Transaction, { account, secrets }: RevisionEntity): Promise<boolean> {
    const rows = await this.secrets.hold(tx, account, Object.keys(secrets.versions));
    return rows.some((row) => secrets.versions[row.name] !== `${row.id}/${row.rowVersion}`);
  }

  valuesOf({ serviceId, secretsSealed }: RevisionEntity): SecretValues {
    return secretsSealed === null
      ? { variables: {}, files: {} }
      : (JSON.parse(this.box.open(secretsSealed, purposeOf(serviceId))) as SecretValues);
  }
}

const mapped = (refs: Readonly<Record<string, string>>, value: (name: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(refs).map(([key, name]) => [key, value(name)]));
