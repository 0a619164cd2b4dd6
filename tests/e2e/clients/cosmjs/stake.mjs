// What a wallet does about stake and votes with CosmJS as published: read, delegate, take back, collect, propose, vote.
// Reads a JSON object from argv[2]: { rpc, mnemonic, gasPrice, denom, deposit, steps }.
// Prints one JSON line a step: { step, ...facts }. Any exception ends the process with code 1.
import { Secp256k1HdWallet } from "@cosmjs/amino";
import { stringToPath } from "@cosmjs/crypto";
import { DirectSecp256k1HdWallet } from "@cosmjs/proto-signing";
import {
  GasPrice, QueryClient, SigningStargateClient, setupDistributionExtension, setupGovExtension, setupMintExtension,
  setupSlashingExtension, setupStakingExtension,
} from "@cosmjs/stargate";
import { Comet38Client } from "@cosmjs/tendermint-rpc";
import { TextProposal } from "cosmjs-types/cosmos/gov/v1beta1/gov";

const input = JSON.parse(process.argv[2]);
const plain = (_, value) => (typeof value === "bigint" ? value.toString() : value);
const say = (step, facts) => console.log(JSON.stringify({ step, ...facts }, plain));
const path = { prefix: "qos", hdPaths: [stringToPath("m/44'/389'/0'/0/0")] };
const direct = await DirectSecp256k1HdWallet.fromMnemonic(input.mnemonic, path);
const amino = await Secp256k1HdWallet.fromMnemonic(input.mnemonic, path);
const [{ address }] = await direct.getAccounts();
const options = { gasPrice: GasPrice.fromString(input.gasPrice) };
const connect = (wallet) => SigningStargateClient.connectWithSigner(input.rpc, wallet, options);
const coin = (amount) => ({ denom: input.denom, amount });
const result = (sent) => ({ code: sent.code, log: sent.rawLog, events: sent.events.map((event) => event.type) });

const signers = { direct: await connect(direct), amino: await connect(amino) };
const queries = QueryClient.withExtensions(
  await Comet38Client.connect(input.rpc), setupStakingExtension, setupDistributionExtension, setupGovExtension,
  setupMintExtension, setupSlashingExtension,
);
const operators = (await queries.staking.validators("BOND_STATUS_BONDED")).validators.map((each) => each.operatorAddress);
const [operator, ...others] = operators;

async function send(signer, typeUrl, value) {
  return result(await signers[signer].signAndBroadcast(address, [{ typeUrl, value }], 1.6));
}

const steps = {
  async read() {
    const { params } = await queries.staking.params();
    const pool = await queries.staking.pool();
    const one = await queries.staking.validator(operator);
    say("read", {
      operator, others: others.length, bondDenom: params.bondDenom, bonded: pool.pool.bondedTokens, moniker: one.validator.description.moniker,
      commission: one.validator.commission.commissionRates.rate, slashing: (await queries.slashing.params()).params.signedBlocksWindow,
      signing: (await queries.slashing.signingInfos()).info.length,
    });
  },
  async delegate() {
    const sent = result(await signers.direct.delegateTokens(address, operator, coin("5000000000000000000"), 1.6));
    const found = await queries.staking.delegation(address, operator);
    const staked = await signers.direct.getBalanceStaked(address);
    say("delegate", { sent, balance: found.delegationResponse.balance, staked });
  },
  async delegateAmino() {
    const value = { delegatorAddress: address, validatorAddress: operator, amount: coin("1000000000000000000") };
    say("delegateAmino", { sent: await send("amino", "/cosmos.staking.v1beta1.MsgDelegate", value) });
  },
  async undelegate() {
    const sent = result(await signers.direct.undelegateTokens(address, operator, coin("1000000000000000000"), 1.6));
    const found = await queries.staking.delegatorUnbondingDelegations(address);
    say("undelegate", { sent, entries: found.unbondingResponses.map((each) => each.entries.length) });
  },
  async redelegate() {
    const move = (to) => ({
      delegatorAddress: address, validatorSrcAddress: operator, validatorDstAddress: to,
      amount: coin("1000000000000000000"),
    });
    const url = "/cosmos.staking.v1beta1.MsgBeginRedelegate";
    let refused = "";
    try {
      await send("direct", url, move(operator));
    } catch (error) {
      refused = String(error.message);
    }
    const sent = [];
    for (const to of others.slice(0, 1)) sent.push(await send("direct", url, move(to)));
    say("redelegate", { refused, sent });
  },
  async rewards() {
    const sent = result(await signers.direct.withdrawRewards(address, operator, 1.6));
    const total = await queries.distribution.delegationTotalRewards(address);
    const { pool } = await queries.distribution.communityPool();
    const inflation = await queries.mint.inflation();
    say("rewards", { sent, validators: total.rewards.map((each) => each.validatorAddress), pool, inflation: inflation.toString() });
  },
  async propose() {
    const content = {
      typeUrl: "/cosmos.gov.v1beta1.TextProposal",
      value: TextProposal.encode({ title: "From CosmJS", description: "A text" }).finish(),
    };
    const value = { content, initialDeposit: [coin(input.deposit)], proposer: address };
    const sent = [];
    for (const signer of ["direct", "amino"]) {
      sent.push(await send(signer, "/cosmos.gov.v1beta1.MsgSubmitProposal", value));
    }
    const { proposals } = await queries.gov.proposals(0, "", "");
    const title = TextProposal.decode(proposals.at(-1).content.value).title;
    say("propose", { sent, title, status: proposals.at(-1).status, ids: proposals.map((each) => each.proposalId) });
  },
  async vote() {
    const { proposals } = await queries.gov.proposals(2, "", "");
    const proposalId = proposals.at(-1).proposalId;
    const yes = await send("direct", "/cosmos.gov.v1beta1.MsgVote", { proposalId, voter: address, option: 1 });
    const parts = [
      { option: 1, weight: "250000000000000000" },
      { option: 3, weight: "750000000000000000" },
    ];
    const split = await send("direct", "/cosmos.gov.v1beta1.MsgVoteWeighted", { proposalId, voter: address, options: parts });
    const no = await send("amino", "/cosmos.gov.v1beta1.MsgVote", { proposalId, voter: address, option: 3 });
    const { vote } = await queries.gov.vote(proposalId, address);
    const { tally } = await queries.gov.tally(proposalId);
    const { deposits } = await queries.gov.deposits(proposalId);
    const { votes } = await queries.gov.votes(proposalId);
    const params = await Promise.all(["voting", "deposit", "tallying"].map((kind) => queries.gov.params(kind)));
    say("vote", {
      yes, split, no, option: vote.options[0].option, tally, deposit: deposits[0].amount[0].amount, votes: votes.length,
      quorum: Buffer.from(params[2].tallyParams.quorum).toString(), minDeposit: params[1].depositParams.minDeposit[0].amount,
    });
  },
};

for (const step of input.steps) await steps[step]();
process.exit(0);
