package model
import ("testing";"time";"testing/synctest";"log/slog";"os";"github.com/go-logr/logr")
func TestSmoke(t *testing.T) {
	logger := logr.FromSlogHandler(slog.NewTextHandler(os.Stderr,nil))
	start := time.Now()
	_ = start
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(Setup{Patched:true, Entry:"mocka"}, scheme, logger)
		defer w.close()
		for _, n := range []string{"rest","publish","kruise","kruise","kruise","kruise","rest","tend the workloads","rest","approve","kruise","kruise","tend the workloads", "rest"} {
			if !w.try(n) { t.Error("cannot", n) }
		}
		w.finish()
		w.leave()
		t.Log(w.judge.violated)
	})
	t.Log(time.Since(start))
}
