import { PlatformTables1764000000000, type SchemaDefinition } from '#slipway/platform';
import { FeedRow } from './feed/feed.entity.js';
import { TokensAndFeed1764000001000 } from './migrations/1764000001000-tokens-and-feed.js';
import { TokenUseAndEventIds1764000001100 } from './migrations/1764000001100-token-use-and-event-ids.js';
import { AccountRow, ApiTokenRow } from './tokens/api-token.entity.js';

export const schema: SchemaDefinition = {
  entities: [AccountRow, ApiTokenRow, FeedRow],
  migrations: [PlatformTables1764000000000, TokensAndFeed1764000001000, TokenUseAndEventIds1764000001100],
};
