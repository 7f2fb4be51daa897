package apifault

import (
	"encoding/json"
	"net/http"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Fault is what becomes of a call.
type Fault string

// The faults. Lost and TimedOut are those where the call was made all the same,
// and nobody is told.
const (
	Pass     Fault = ""
	Conflict Fault = "409"             // not made
	TooMany  Fault = "429"             // not made; asks to come again in a second
	Internal Fault = "500"             // not made
	Refused  Fault = "refused"         // not made; the connection breaks
	TimedOut Fault = "504, made"       // made; answered as the API server answers at its time limit
	Lost     Fault = "no answer, made" // made; the connection breaks instead of an answer
)

// All faults, in an order in which each is followed by one of another kind.
var All = []Fault{Conflict, Lost, TooMany, TimedOut, Internal, Refused}

// made says whether the API server gets the call.
func (f Fault) made() bool { return f == Pass || f == TimedOut || f == Lost }

var answers = map[Fault]metav1.Status{
	Conflict: {Code: http.StatusConflict, Reason: metav1.StatusReasonConflict, Message: "a test's conflict"},
	TooMany:  {Code: http.StatusTooManyRequests, Reason: metav1.StatusReasonTooManyRequests, Message: "a test's limit"},
	Internal: {Code: http.StatusInternalServerError, Reason: metav1.StatusReasonInternalError, Message: "a test's error"},
	TimedOut: {Code: http.StatusGatewayTimeout, Reason: metav1.StatusReasonTimeout, Message: "a test's time-out"},
}

// answer does not return where the connection is to break.
func (f Fault) answer(w http.ResponseWriter) {
	status, ok := answers[f]
	if !ok {
		panic(http.ErrAbortHandler)
	}
	status.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}
	status.Status = metav1.StatusFailure
	w.Header().Set("Content-Type", "application/json")
	if f == TooMany {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(int(status.Code))
	_ = json.NewEncoder(w).Encode(status) // a caller that has gone away
}
