// One CosmJS session against a public chain: what a wallet's developer would write, step by step.
// Reads a JSON object from argv[2]: { rpc, mnemonic, recipient, destination, gasPrice, denom, steps }.
// Prints one JSON line a step: { step, ...facts }. Any exception ends the process with code 1.
import { DirectSecp256k1HdWallet, Registry, decodeTxRaw } from "@cosmjs/proto-signing";
import { stringToPath } from "@cosmjs/crypto";
import { toHex } from "@cosmjs/encoding";
import {
  defaultRegistryTypes, GasPrice, QueryClient, setupAuthExtension,
  setupBankExtension, setupFeegrantExtension, setupAuthzExtension, setupTxExtension, SigningStargateClient, StargateClient,
} from "@cosmjs/stargate";
import { Comet38Client, WebsocketClient } from "@cosmjs/tendermint-rpc";
import { BinaryWriter } from "cosmjs-types/binary";
import { Coin } from "cosmjs-types/cosmos/base/v1beta1/coin";

const input = JSON.parse(process.argv[2]);
const plain = (_, value) => (typeof value === "bigint" ? Number(value) : value);
const say = (step, facts) => console.log(JSON.stringify({ step, ...facts }, plain));

// The one message of this chain that CosmJS does not ship, written as its users write theirs.
const MsgSendTransfer = {
  encode(message, writer = BinaryWriter.create()) {
    writer.uint32(10).string(message.sender);
    writer.uint32(18).string(message.destination);
    writer.uint32(26).string(message.recipient);
    Coin.encode(message.amount, writer.uint32(34).fork()).ldelim();
    return writer;
  },
  fromPartial: (message) => message,
};
const TRANSFER_URL = "/qos.qcp.v1.MsgSendTransfer";

const wallet = await DirectSecp256k1HdWallet.fromMnemonic(input.mnemonic, {
  prefix: "qos",
  hdPaths: [stringToPath("m/44'/389'/0'/0/0")],
});
const [{ address }] = await wallet.getAccounts();
const registry = new Registry([...defaultRegistryTypes, [TRANSFER_URL, MsgSendTransfer]]);
const options = { registry, gasPrice: GasPrice.fromString(input.gasPrice) };

const steps = {
  async connect() {
    const client = await StargateClient.connect(input.rpc);
    say("connect", { chainId: await client.getChainId(), height: await client.getHeight(), address });
    client.disconnect();
  },
  async balances() {
    const client = await StargateClient.connect(input.rpc);
    const one = await client.getBalance(address, input.denom);
    const all = await client.getAllBalances(address);
    const nobody = await client.getAccount(input.unused);
    const account = await client.getAccount(address);
    say("balances", { one, all, nobody, number: account.accountNumber, sequence: account.sequence });
    client.disconnect();
  },
  async send() {
    const client = await SigningStargateClient.connectWithSigner(input.rpc, wallet, options);
    const amount = [{ denom: input.denom, amount: "12345" }];
    const sent = await client.sendTokens(address, input.recipient, amount, "auto", "from cosmjs");
    const found = await client.getTx(sent.transactionHash);
    const bySender = await client.searchTx([{ key: "message.sender", value: address }]);
    const byRecipient = await client.searchTx([{ key: "transfer.recipient", value: input.recipient }]);
    const block = await client.getBlock(sent.height);
    say("send", {
      code: sent.code, hash: sent.transactionHash, height: sent.height, events: sent.events.map((e) => e.type),
      gasUsed: String(sent.gasUsed), gasWanted: String(sent.gasWanted),
      foundHeight: found.height, bySender: bySender.map((t) => t.hash), byRecipient: byRecipient.map((t) => t.hash),
      blockTxs: block.txs.length, received: await client.getBalance(input.recipient, input.denom),
    });
    client.disconnect();
  },
  async dynamic() {
    const minGasPrice = GasPrice.fromString(`1${input.denom}`);
    const gasPrice = { denom: input.denom, minGasPrice, multiplier: 1.5 };
    const client = await SigningStargateClient.connectWithSigner(input.rpc, wallet, { registry, gasPrice });
    const amount = [{ denom: input.denom, amount: "1000000" }];
    const sent = await client.sendTokens(address, input.recipient, amount, "auto");
    const { tx } = await client.getTx(sent.transactionHash);
    const { fee } = decodeTxRaw(tx).authInfo;
    const transfer = sent.events.find((event) => event.type === "transfer");
    say("dynamic", {
      code: sent.code, fee: fee.amount[0].amount, gas: String(fee.gasLimit),
      valueFee: transfer.attributes.find(({ key }) => key === "value_fee")?.value,
    });
    client.disconnect();
  },
  async refused() {
    const client = await SigningStargateClient.connectWithSigner(input.rpc, wallet, options);
    const amount = [{ denom: input.denom, amount: "9".repeat(40) }];
    try {
      await client.sendTokens(address, input.recipient, amount, "auto");
      say("refused", { refused: false });
    } catch (error) {
      say("refused", { refused: true, message: error.message });
    }
    client.disconnect();
  },
  async subscribe() {
    const comet = await Comet38Client.create(new WebsocketClient(input.rpc.replace("http", "ws")));
    const blocks = [];
    const txs = [];
    const seen = new Promise((resolve, reject) => {
      const check = () => blocks.length >= 2 && txs.length >= 1 && resolve();
      comet.subscribeNewBlock().subscribe({ next: (e) => { blocks.push(e.header.height); check(); }, error: reject });
      comet.subscribeTx().subscribe({ next: (e) => { txs.push(e.height); check(); }, error: reject });
    });
    const client = await SigningStargateClient.connectWithSigner(input.rpc, wallet, options);
    await client.sendTokens(address, input.recipient, [{ denom: input.denom, amount: "1" }], "auto");
    await seen;
    say("subscribe", { blocks, txs });
    client.disconnect();
    comet.disconnect();
  },
  async transfer() {
    const client = await SigningStargateClient.connectWithSigner(input.rpc, wallet, options);
    const amount = input.amount ?? { denom: input.denom, amount: "1000000" };
    const value = { sender: address, destination: input.destination, recipient: input.remote ?? address, amount };
    const sent = await client.signAndBroadcast(address, [{ typeUrl: TRANSFER_URL, value }], "auto");
    const packets = sent.events.filter((e) => e.type === "qcp");
    say("transfer", { code: sent.code, log: sent.rawLog, hash: sent.transactionHash, packets });
    client.disconnect();
  },
  async extensions() {
    const comet = await Comet38Client.connect(input.rpc);
    const client = QueryClient.withExtensions(
      comet, setupAuthExtension, setupBankExtension, setupTxExtension, setupFeegrantExtension, setupAuthzExtension,
    );
    const [newest] = (await comet.txSearchAll({ query: `message.sender='${address}'`, order_by: "desc" })).txs;
    const found = await client.tx.getTx(toHex(newest.hash).toUpperCase());
    const reason = await client.authz.granteeGrants(address).then(() => "", (error) => error.message);
    say("extensions", {
      account: (await client.auth.account(address)).typeUrl,
      one: await client.bank.balance(address, input.denom),
      all: (await client.bank.allBalances(address)).length,
      supplies: (await client.bank.totalSupply()).supply.map((coin) => coin.denom),
      supply: await client.bank.supplyOf(input.denom),
      symbol: (await client.bank.denomMetadata(input.denom)).symbol,
      symbols: (await client.bank.denomsMetadata()).map((each) => each.symbol),
      allowances: (await client.feegrant.allowances(address)).allowances.length,
      foundHeight: found.txResponse.height, searchedHeight: newest.height, messages: found.tx.body.messages.length,
      unsupported: reason,
    });
    comet.disconnect();
  },
  async routes() {
    const comet = await Comet38Client.connect(input.rpc);
    const height = (await comet.status()).syncInfo.latestBlockHeight;
    const searched = await comet.blockSearchAll({ query: `block.height <= 3`, order_by: "asc" });
    say("routes", {
      app: (await comet.abciInfo()).data,
      health: await comet.health(),
      genesis: (await comet.genesis()).chainId,
      waiting: (await comet.numUnconfirmedTxs()).total,
      results: (await comet.blockResults(height)).height === height,
      commit: (await comet.commit(height)).header.height === height,
      validators: (await comet.validatorsAll(height)).validators.length,
      metas: (await comet.blockchain(1, 3)).blockMetas.length,
      blocks: searched.blocks.map(({ block }) => block.header.height),
    });
    comet.disconnect();
  },
  async held() {
    const client = await StargateClient.connect(input.rpc);
    say("held", { all: await client.getAllBalances(address) });
    client.disconnect();
  },
};

for (const name of input.steps) await steps[name]();
process.exit(0);
