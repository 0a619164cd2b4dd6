// Signers of every kind CosmJS has: a wallet that signs amino JSON only, a 2-of-3 multisig, an Ethereum key.
// Reads a JSON object from argv[2]: { rpc, mnemonic, recipient, gasPrice, denom, remote }.
// Prints one JSON line a signer: { step, ...facts }. Any exception ends the process with code 1.
import { Secp256k1HdWallet, createMultisigThresholdPubkey, pubkeyToAddress } from "@cosmjs/amino";
import { stringToPath } from "@cosmjs/crypto";
import { DirectEthSecp256k1HdWallet, Registry, decodePubkey } from "@cosmjs/proto-signing";
import {
  AminoTypes, GasPrice, SigningStargateClient, calculateFee, createDefaultAminoConverters, defaultRegistryTypes,
  makeMultisignedTxBytes,
} from "@cosmjs/stargate";
import { BinaryWriter } from "cosmjs-types/binary";
import { Coin } from "cosmjs-types/cosmos/base/v1beta1/coin";

const input = JSON.parse(process.argv[2]);
const say = (step, facts) => console.log(JSON.stringify({ step, ...facts }));
const gasPrice = GasPrice.fromString(input.gasPrice);
const coins = (amount) => [{ denom: input.denom, amount }];
const path = (index) => stringToPath(`m/44'/389'/0'/0/${index}`);
const amino = (index) => Secp256k1HdWallet.fromMnemonic(input.mnemonic, { prefix: "qos", hdPaths: [path(index)] });

const TRANSFER_URL = "/qos.qcp.v1.MsgSendTransfer";
const transferType = {
  encode(message, writer = BinaryWriter.create()) {
    writer.uint32(10).string(message.sender);
    writer.uint32(18).string(message.destination);
    writer.uint32(26).string(message.recipient);
    Coin.encode(message.amount, writer.uint32(34).fork()).ldelim();
    writer.uint32(50).string(message.memo);
    return writer;
  },
  fromPartial: (message) => message,
};
const same = (value) => value;
const options = {
  gasPrice,
  registry: new Registry([...defaultRegistryTypes, [TRANSFER_URL, transferType]]),
  aminoTypes: new AminoTypes({
    ...createDefaultAminoConverters(),
    [TRANSFER_URL]: { aminoType: "qos/qcp/MsgSendTransfer", toAmino: same, fromAmino: same },
  }),
};

// A wallet without signDirect: what a hardware wallet can do.
const alice = await amino(0);
const [{ address }] = await alice.getAccounts();
const client = await SigningStargateClient.connectWithSigner(input.rpc, alice, options);
const result = (sent) => ({ code: sent.code, log: sent.rawLog, gasUsed: String(sent.gasUsed) });

const plain = await client.sendTokens(address, input.recipient, coins("11"), "auto", 'a <b> & "c" ü \u2028');
const many = {
  typeUrl: "/cosmos.bank.v1beta1.MsgMultiSend",
  value: {
    inputs: [{ address, coins: coins("30") }],
    outputs: [{ address: input.recipient, coins: coins("10") }, { address: input.recipient, coins: coins("20") }],
  },
};
const transfer = {
  typeUrl: TRANSFER_URL,
  value: {
    sender: address, destination: input.remote, recipient: input.recipient, amount: coins("7")[0], memo: "<over>",
  },
};
say("amino", {
  plain: result(plain),
  many: result(await client.signAndBroadcast(address, [many], "auto")),
  transfer: result(await client.signAndBroadcast(address, [transfer], "auto")),
});

// Three members on their own machines, two of whom sign.
const members = await Promise.all([10, 11, 12].map(amino));
const keys = await Promise.all(members.map(async (wallet) => (await wallet.getAccounts())[0]));
const single = (account) => ({ type: "tendermint/PubKeySecp256k1", value: Buffer.from(account.pubkey).toString("base64") });
const group = createMultisigThresholdPubkey(keys.map(single), 2, true);
const team = pubkeyToAddress(group, "qos");
await client.sendTokens(address, team, coins("1000000000000000000"), "auto");
const multisigned = [];
for (const who of [[0, 2], [1, 2], [0, 1, 2]]) {
  const account = await client.getAccount(team);
  const place = { accountNumber: account.accountNumber, sequence: account.sequence, chainId: await client.getChainId() };
  const value = { fromAddress: team, toAddress: input.recipient, amount: coins("13") };
  const message = { typeUrl: "/cosmos.bank.v1beta1.MsgSend", value };
  const fee = calculateFee(60_000, gasPrice);
  const parts = [];
  for (const member of who) {
    const offline = await SigningStargateClient.offline(members[member], options);
    parts.push([keys[member].address, await offline.sign(keys[member].address, [message], fee, "team", place)]);
  }
  const signatures = new Map(parts.map(([member, raw]) => [member, raw.signatures[0]]));
  const bytes = makeMultisignedTxBytes(group, account.sequence, fee, parts[0][1].bodyBytes, signatures);
  multisigned.push(result(await client.broadcastTx(bytes)));
}
const kept = await client.getAccount(team);
say("multisig", { address: team, multisigned, key: kept.pubkey, members: keys.map((each) => each.address) });

// A key made and used as on Ethereum.
const ethereum = await DirectEthSecp256k1HdWallet.fromMnemonic(input.mnemonic, { prefix: "qos" });
const [{ address: theirs }] = await ethereum.getAccounts();
await client.sendTokens(address, theirs, coins("1000000000000000000"), "auto");
const other = await SigningStargateClient.connectWithSigner(input.rpc, ethereum, options);
const first = await other.sendTokens(theirs, input.recipient, coins("17"), "auto");
const second = await other.sendTokens(theirs, input.recipient, coins("17"), "auto");
const account = await other.getAccount(theirs);
say("ethereum", { address: theirs, first: result(first), second: result(second), key: account.pubkey });
process.exit(0);
