// Command iavl_generator writes edge cases of cosmos/iavl: the empty tree, emptied trees, versions without
// change, equal values, keys over 127 and values over 750 bytes, removal and return of keys, high versions.
// Run: go run . > ../iavl_edges.json
package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"sort"

	"github.com/cosmos/iavl"
	dbm "github.com/cosmos/iavl/db"
)

type version struct {
	Ops  [][2]*string `json:"ops"`
	Root string       `json:"root"`
}

type testCase struct {
	Name         string    `json:"name"`
	FirstVersion int64     `json:"first_version"`
	Versions     []version `json:"versions"`
}

type batch map[string][]byte // nil removes

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func run(name string, first int64, batches []batch) testCase {
	options := []iavl.Option{}
	if first > 1 {
		options = append(options, iavl.InitialVersionOption(uint64(first)))
	}
	tree := iavl.NewMutableTree(dbm.NewMemDB(), 100, true, iavl.NewNopLogger(), options...)
	result := testCase{Name: name, FirstVersion: first}
	for _, b := range batches {
		keys := make([]string, 0, len(b))
		for key := range b {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		v := version{Ops: [][2]*string{}}
		for _, key := range keys {
			shown := hex.EncodeToString([]byte(key))
			if b[key] == nil {
				_, _, err := tree.Remove([]byte(key))
				must(err)
				v.Ops = append(v.Ops, [2]*string{&shown, nil})
				continue
			}
			_, err := tree.Set([]byte(key), b[key])
			must(err)
			value := hex.EncodeToString(b[key])
			v.Ops = append(v.Ops, [2]*string{&shown, &value})
		}
		hash, _, err := tree.SaveVersion()
		must(err)
		v.Root = fmt.Sprintf("%x", hash)
		result.Versions = append(result.Versions, v)
	}
	return result
}

// random makes batches over a small key space, so that keys come, go and return.
func random(seed int64, count, size, keyBytes, valueBytes int) []batch {
	chance := rand.New(rand.NewSource(seed))
	batches := make([]batch, count)
	for i := range batches {
		b := batch{}
		for j := chance.Intn(size); j > 0; j-- {
			key := make([]byte, 1+chance.Intn(keyBytes))
			for k := range key {
				key[k] = byte(chance.Intn(3))
			}
			if chance.Intn(3) == 0 {
				b[string(key)] = nil
				continue
			}
			value := make([]byte, 1+chance.Intn(valueBytes))
			chance.Read(value)
			b[string(key)] = value
		}
		batches[i] = b
	}
	return batches
}

func ascending(count int) batch {
	b := batch{}
	for i := 0; i < count; i++ {
		b[fmt.Sprintf("%05d", i)] = []byte{byte(i + 1), 1}
	}
	return b
}

func main() {
	long := func(n int, with byte) string { return string(make([]byte, n)) + string([]byte{with}) }
	one, two := []byte("1"), []byte("2")
	emptied := batch{}
	for key := range ascending(40) {
		emptied[key] = nil
	}
	cases := []testCase{
		run("nothing ever", 1, []batch{{}, {}}),
		run("one key, removed, back", 1, []batch{{"a": one}, {"a": nil}, {}, {"a": one}, {"a": nil, "b": one}}),
		run("removing what is not there", 1, []batch{{"x": nil}, {"a": one, "b": nil}, {"c": nil}}),
		run("equal values make new leaves", 1, []batch{{"a": one, "b": two}, {"a": one}, {}, {"b": two, "a": one}}),
		run("forty keys emptied and refilled", 1, []batch{ascending(40), emptied, {}, ascending(40)}),
		run("ascending genesis", 1, []batch{ascending(1000), {"00500": nil, "x": one}}),
		run("ascending genesis of every size", 1, []batch{ascending(1), ascending(2), ascending(3), ascending(70)}),
		run("long keys and values", 1, []batch{
			{long(127, 1): make([]byte, 751), long(128, 1): make([]byte, 5000), long(300, 2): one, "k": two},
			{long(128, 1): nil, long(200, 9): make([]byte, 127), long(127, 1): make([]byte, 128)},
		}),
	}
	for seed := int64(1); seed <= 6; seed++ {
		cases = append(cases, run(fmt.Sprintf("random %d", seed), 1, random(seed, 40, 30, 5, 40)))
	}
	for _, first := range []int64{63, 8191, 65_500, 1_000_000, 3_000_000_000} {
		cases = append(cases, run(fmt.Sprintf("from version %d", first), first, random(first, 12, 40, 4, 20)))
	}
	encoder := json.NewEncoder(os.Stdout)
	must(encoder.Encode(map[string]any{"made_with": "cosmos/iavl v1.3.5", "cases": cases}))
}
