package steps

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"lanekeeper.io/test/load"
	"lanekeeper.io/test/talk"
)

func TestWhoStrayed(t *testing.T) {
	said := func(conversation int, version, ip string) talk.Said {
		return talk.Said{Conversation: conversation, Chain: load.Chain{{App: "a", Version: "v1", IP: "1"}, {App: "b", Version: version, IP: ip}}}
	}
	many := func(s ...talk.Said) (out []talk.Said) {
		for range 10 {
			out = append(out, s[0])
		}
		return append(out, s[1:]...)
	}
	one, other, next := said(0, "v1", "2"), said(0, "v2", "3"), said(1, "v2", "3")
	assert.Empty(t, strayed(many(one, next), []string{"v1", "v2"}, true))
	assert.Empty(t, strayed(many(one, other), []string{"v1", "v2"}, false))
	assert.Contains(t, strayed(many(one, other), []string{"v1", "v2"}, true), "went from")
	assert.Contains(t, strayed(many(one, other), []string{"v1"}, false), "met b v2 after v1")
	assert.Contains(t, strayed(many(one, next, one), []string{"v1", "v2"}, false), "met b v1 after v2")
	assert.Contains(t, strayed(many(one), []string{"v1", "v2"}, false), "ended with v1")
	assert.Contains(t, strayed(many(next), []string{"v1", "v2"}, false), "began with b v2")
	assert.Contains(t, strayed([]talk.Said{one}, []string{"v1"}, true), "only 1 turns")
}
