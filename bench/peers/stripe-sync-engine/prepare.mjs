// Makes the engine's tables, by its own migrations. They swallow what goes wrong, so the result is looked at.
import { createRequire } from 'node:module';

const [folder] = process.argv.slice(2);
const require = createRequire(`${folder}/package.json`);
const { runMigrations } = require('@supabase/stripe-sync-engine');
const pg = require('pg');

const databaseUrl = process.env.DATABASE_URL;
const logger = { info() {}, error: (error, what) => console.error(what, error) };
await runMigrations({ databaseUrl, schema: 'stripe', logger });
const client = new pg.Client({ connectionString: databaseUrl });
await client.connect();
const { rows } = await client.query(`select count(*)::integer as tables from information_schema.tables where table_schema = 'stripe'`);
await client.end();
if (rows[0].tables < 20) {
  console.error(`only ${rows[0].tables} tables were made`);
  process.exit(1);
}
