// A certified OpenID Connect provider (npm oidc-provider) for tests: users and their claims stand in a JSON file.
// Usage: node server.mjs MODULES PORT CALLBACK USERS
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [modules, port, callback, users] = process.argv.slice(2);
const entry = createRequire(pathToFileURL(`${modules}/x.js`)).resolve("oidc-provider");
const { default: Provider } = await import(pathToFileURL(entry));
const issuer = `http://127.0.0.1:${port}`;
const claimsOf = (id) => ({ sub: id, ...JSON.parse(readFileSync(users, "utf8"))[id] });
const client = { redirect_uris: [callback], response_types: ["code"], grant_types: ["authorization_code"] };
const provider = new Provider(issuer, {
  clients: [
    { ...client, client_id: "public", token_endpoint_auth_method: "none" },
    { ...client, client_id: "confidential", client_secret: "a-secret-of-the-test-only", token_endpoint_auth_method: "client_secret_basic" },
  ],
  pkce: { required: () => true },
  claims: { openid: ["sub", "groups", "labels"], profile: ["name"] },
  conformIdTokenClaims: false,
  findAccount: (_, id) => ({ accountId: id, claims: () => claimsOf(id) }),
  features: { devInteractions: { enabled: true } },
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
