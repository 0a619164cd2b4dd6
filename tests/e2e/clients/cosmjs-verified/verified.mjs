// Verified queries as CosmJS 0.32.4 makes them: value and ICS-23 proof against the header after the height.
// argv[2]: { rpc, queries: [{ store, keyHex, height? }] }. Prints one JSON line a query.
import { fromHex, toHex } from "@cosmjs/encoding";
import { QueryClient } from "@cosmjs/stargate";
import { Comet38Client, Tendermint37Client, WebsocketClient } from "@cosmjs/tendermint-rpc";

const input = JSON.parse(process.argv[2]);
const connect = Comet38Client ?? Tendermint37Client;
const comet = input.websocket
  ? await connect.create(new WebsocketClient(input.rpc.replace("http", "ws")))
  : await connect.connect(input.rpc);
const client = new QueryClient(comet);
for (const query of input.queries) {
  const answer = await client.queryStoreVerified(query.store, fromHex(query.keyHex), query.height);
  console.log(JSON.stringify({ store: query.store, key: toHex(answer.key), value: toHex(answer.value), height: answer.height }));
}
comet.disconnect();
process.exit(0);
