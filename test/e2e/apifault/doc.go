// Package apifault stands between the managers and the API server, and lets
// things go wrong there: calls that fail, answers that get lost, watches that
// stand still, a connection that is cut or swallows all. Whoever tests decides at
// each single call, from what the call is.
//
//	proxy, err := apifault.Start(stack)
//	proxy.Before(func(c apifault.Call) apifault.Fault {
//		if c.Mesh() {
//			return apifault.Conflict
//		}
//		return apifault.Pass
//	})
package apifault
