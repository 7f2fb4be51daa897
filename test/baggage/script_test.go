package baggage

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	lua "github.com/yuin/gopher-lua"
)

// headers are the lines of baggage that the script sees.
func run(t *testing.T, lines ...string) []string {
	t.Helper()
	source, err := os.ReadFile("../../trafficprovider/istio/baggage.lua")
	require.NoError(t, err)
	l := lua.NewState()
	defer l.Close()
	require.NoError(t, l.DoString(strings.ReplaceAll(string(source), "MEMBER", "x-lane")))
	headers := l.NewTable()
	is := func(l *lua.LState) { require.Equal(t, "baggage", l.CheckString(2)) }
	for name, f := range map[string]lua.LGFunction{
		"getNumValues": func(l *lua.LState) int { is(l); l.Push(lua.LNumber(len(lines))); return 1 },
		"getAtIndex":   func(l *lua.LState) int { is(l); l.Push(lua.LString(lines[l.CheckInt(3)])); return 1 },
		"remove":       func(l *lua.LState) int { is(l); lines = nil; return 0 },
		"add":          func(l *lua.LState) int { is(l); lines = append(lines, l.CheckString(3)); return 0 },
	} {
		headers.RawSetString(name, l.NewFunction(f))
	}
	handle := l.NewTable()
	handle.RawSetString("headers", l.NewFunction(func(l *lua.LState) int { l.Push(headers); return 1 }))
	require.NoError(t, l.CallByParam(lua.P{Fn: l.GetGlobal("envoy_on_request"), Protect: true}, handle))
	return lines
}

func TestWhatIsLeftOfAClientsBaggage(t *testing.T) {
	for name, tc := range map[string]struct{ lines, want []string }{
		"none":                       {nil, nil},
		"its own":                    {[]string{"user=jason, a=b;p=1"}, []string{"user=jason, a=b;p=1"}},
		"ours alone":                 {[]string{"x-lane=canary"}, nil},
		"ours among its own":         {[]string{"user=jason,x-lane=canary,a=%20"}, []string{"user=jason,a=%20"}},
		"ours twice":                 {[]string{"x-lane=a,b=1, X-LANE =c;p=1"}, []string{"b=1"}},
		"encoded":                    {[]string{"x%2dlane=canary,%78-l%61ne=b,c=x-lane"}, []string{"c=x-lane"}},
		"without a value":            {[]string{"x-lane,x-lane;p,a"}, []string{"a"}},
		"names that only begin so":   {[]string{"x-lane2=a,xx-lane=b"}, []string{"x-lane2=a,xx-lane=b"}},
		"several lines":              {[]string{"a=1", "x-lane=b,c=2", "d=3"}, []string{"a=1,c=2,d=3"}},
		"nothing but commas":         {[]string{",,"}, []string{",,"}},
		"odd encodings":              {[]string{"%=1,%2=2,%zz=3,x-lane%=4,x-lane=5"}, []string{"%=1,%2=2,%zz=3,x-lane%=4"}},
		"characters of expressions":  {[]string{"x.lane=1,x-lan.=2,.*=3"}, []string{"x.lane=1,x-lan.=2,.*=3"}},
		"blanks and tabs around it":  {[]string{"a=1,\t x-lane\t= b"}, []string{"a=1"}},
		"an empty line beside ours":  {[]string{"", "x-lane=b"}, nil},
		"encoded twice is not ours":  {[]string{"x%252Dlane=canary"}, []string{"x%252Dlane=canary"}},
		"members with many of equal": {[]string{"a==x-lane,b=x-lane=c"}, []string{"a==x-lane,b=x-lane=c"}},
	} {
		assert.Equal(t, tc.want, run(t, tc.lines...), name)
	}
}

func FuzzBaggage(f *testing.F) {
	f.Add("a=1,x-lane=b", "%78-lane=c")
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, line := range run(t, a, b) {
			assert.NotContains(t, strings.ReplaceAll(strings.ToLower(","+line), " ", ""), ",x-lane=")
		}
	})
}
