// Command iavl commits blocks of transfers to two cosmos/iavl trees and prints what an update costs.
// It does the work of ../state_commit.py: the same keys, the same blocks, the same window of versions.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"sort"
	"strconv"
	"syscall"
	"time"

	"github.com/cosmos/iavl"
	dbm "github.com/cosmos/iavl/db"
)

// settings come as one JSON object in the first argument.
type settings struct {
	Accounts int    `json:"accounts"`
	Keep     int64  `json:"keep"`
	Cache    int    `json:"cache"`
	Folder   string `json:"folder"` // empty: in memory
	Blocks   string `json:"blocks"` // a file of pairs of account numbers, a line a block
	Warm     int    `json:"warm"`
}

type pair struct{ key, value []byte }

func address(index int) []byte {
	sum := sha256.Sum256([]byte("account " + strconv.Itoa(index)))
	return sum[:20]
}

func account(index, sequence int) pair {
	who := address(index)
	value := fmt.Sprintf("\x08%d\x10%d\x1a\x21\x02", index, sequence) + string(who) + string(who[:12])
	return pair{append([]byte{1}, who...), []byte(value)}
}

func balance(index int, thousandths int) pair {
	key := append(append([]byte{2, 0x14}, address(index)...), "aqos"...)
	return pair{key, []byte(amount(thousandths))}
}

// amount writes 10^21 plus a small number, as the other program does.
func amount(difference int) string {
	if difference >= 0 {
		return "1" + fmt.Sprintf("%021d", difference)
	}
	return fmt.Sprintf("999%018d", 1_000_000_000_000_000_000+difference)
}

func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func database(s settings, name string) dbm.DB {
	if s.Folder == "" {
		return dbm.NewMemDB()
	}
	db, err := dbm.NewGoLevelDB(name, s.Folder)
	must(err)
	return db
}

func open(s settings, db dbm.DB) *iavl.MutableTree {
	tree := iavl.NewMutableTree(db, s.Cache, true, iavl.NewNopLogger(), iavl.SyncOption(true))
	_, err := tree.Load()
	must(err)
	return tree
}

// commit sets the pairs in key order, saves a version and prunes what leaves the window.
func commit(tree *iavl.MutableTree, pairs map[string][]byte, keep int64) []byte {
	keys := make([]string, 0, len(pairs))
	for key := range pairs {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		_, err := tree.Set([]byte(key), pairs[key])
		must(err)
	}
	hash, version, err := tree.SaveVersion()
	must(err)
	if version > keep {
		must(tree.DeleteVersionsTo(version - keep))
	}
	return hash
}

func main() {
	var s settings
	must(json.Unmarshal([]byte(os.Args[1]), &s))
	raw, err := os.ReadFile(s.Blocks)
	must(err)
	var blocks [][][2]int
	must(json.Unmarshal(raw, &blocks))
	stores := []dbm.DB{database(s, "acc"), database(s, "bank")}
	acc, bank := open(s, stores[0]), open(s, stores[1])
	accounts, balances := map[string][]byte{}, map[string][]byte{}
	for index := 0; index < s.Accounts; index++ {
		a, b := account(index, 0), balance(index, 0)
		accounts[string(a.key)], balances[string(b.key)] = a.value, b.value
	}
	commit(acc, accounts, s.Keep)
	commit(bank, balances, s.Keep)
	accounts, balances = nil, nil
	acc, bank = open(s, stores[0]), open(s, stores[1]) // afresh: nodes are loaded lazily
	runtime.GC()
	report(s, acc, bank, blocks)
}

func report(s settings, acc, bank *iavl.MutableTree, blocks [][][2]int) {
	var costs []float64
	var hashes [2][]byte
	roots := []string{}
	var total time.Duration
	updates := 0
	for number, block := range blocks {
		height := number + 2
		accounts, balances := map[string][]byte{}, map[string][]byte{}
		for _, transfer := range block {
			for _, p := range []pair{balance(transfer[0], -height), balance(transfer[1], height)} {
				balances[string(p.key)] = p.value
			}
			p := account(transfer[0], height)
			accounts[string(p.key)] = p.value
		}
		begin := cpu()
		hashes[0], hashes[1] = commit(acc, accounts, s.Keep), commit(bank, balances, s.Keep)
		spent := cpu() - begin
		if number == s.Warm-1 {
			roots = []string{fmt.Sprintf("%x", hashes[0]), fmt.Sprintf("%x", hashes[1])}
		}
		if number >= s.Warm {
			count := len(accounts) + len(balances)
			costs = append(costs, float64(spent.Nanoseconds())/1e3/float64(count))
			total += spent
			updates += count
		}
	}
	sort.Float64s(costs)
	must(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"cpu_us_per_update":        float64(total.Nanoseconds()) / 1e3 / float64(updates),
		"median_cpu_us_per_update": costs[len(costs)/2],
		"roots":                    roots,
	}))
}
