// Answers the questions of test/vectors/godata/cases.json with Go's own libraries and gjson: the truth that controller/stores/data is held against.
//
//	godata < cases.json > answered.json     the same cases, each with what Go says; equal files mean that nothing has changed
package main

import (
	"bytes"
	"crypto/sha3"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"unicode"

	"github.com/tidwall/gjson"
)

// One question. Texts that need not be UTF-8 are in base64.
type question struct {
	Op          string            `json:"op"`
	JSON        []byte            `json:"json,omitempty"`
	Path        string            `json:"path,omitempty"`
	Source      string            `json:"source,omitempty"`
	Target      string            `json:"target,omitempty"`
	Text        string            `json:"text,omitempty"`
	Bytes       []byte            `json:"bytes,omitempty"`
	Data        map[string][]byte `json:"data,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Out         answer            `json:"out"`
}

// Nothing set: there is no such thing, or it is not allowed.
type answer struct {
	Bytes   *string            `json:"bytes,omitempty"` // base64
	Text    *string            `json:"text,omitempty"`
	Members *map[string]string `json:"members,omitempty"` // base64
}

func ofBytes(value []byte) answer {
	text := base64.StdEncoding.EncodeToString(value)
	return answer{Bytes: &text}
}

func ofText(text string) answer { return answer{Text: &text} }

var operations = map[string]func(question) answer{
	"path":      path,
	"replace":   replace,
	"marshal":   func(one question) answer { return marshal(one, true) },
	"encode":    func(one question) answer { return marshal(one, false) },
	"members":   members,
	"base64":    func(one question) answer { return decode(base64.StdEncoding, one) },
	"base64url": func(one question) answer { return decode(base64.URLEncoding, one) },
	"convert":   convert,
	"dataHash":  func(one question) answer { return ofText(hash(one.Data)) },
	"textHash":  func(one question) answer { return ofText(hash(one.Text)) },
	"metaHash": func(one question) answer {
		return ofText(hash(struct{ annotations, labels map[string]string }{one.Annotations, one.Labels}))
	},
}

// A number that gjson found keeps its text here, where gjson's String would print it anew as a float.
func path(one question) answer {
	found := gjson.GetBytes(one.JSON, one.Path)
	if !found.Exists() {
		return answer{}
	}
	if found.Type == gjson.Number && found.Raw != "" {
		return ofBytes([]byte(found.Raw))
	}
	return ofBytes([]byte(found.String()))
}

func replace(one question) answer {
	expression, err := regexp.Compile(one.Source)
	if err != nil {
		return answer{}
	}
	return ofText(expression.ReplaceAllString(one.Text, one.Target))
}

func marshal(one question, escapeHTML bool) answer {
	decoder := json.NewDecoder(bytes.NewReader(one.JSON))
	decoder.UseNumber()
	var value any
	if !json.Valid(one.JSON) || decoder.Decode(&value) != nil {
		return answer{}
	}
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(escapeHTML)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return ofBytes(bytes.TrimRight(buffer.Bytes(), "\n"))
}

// As ESO extracts from AWS: strings unquoted, the rest as it stands.
func members(one question) answer {
	raw := map[string]json.RawMessage{}
	if json.Unmarshal(one.JSON, &raw) != nil {
		return answer{}
	}
	all := map[string]string{}
	for key, value := range raw {
		text := string(value)
		var unquoted string
		if json.Unmarshal(value, &unquoted) == nil {
			text = unquoted
		}
		all[key] = base64.StdEncoding.EncodeToString([]byte(text))
	}
	return answer{Members: &all}
}

func decode(encoding *base64.Encoding, one question) answer {
	decoded, err := encoding.DecodeString(string(one.Bytes))
	if err != nil {
		return answer{}
	}
	return ofBytes(decoded)
}

// As ESO converts names of items; Target is the strategy.
func convert(one question) answer {
	var name strings.Builder
	for _, character := range one.Text {
		switch {
		case unicode.IsNumber(character) || unicode.IsLetter(character) || strings.ContainsRune("-._", character):
			name.WriteRune(character)
		case one.Target == "Unicode":
			fmt.Fprintf(&name, "_U%04x_", character)
		default:
			name.WriteByte('_')
		}
	}
	return ofText(name.String())
}

func hash(value any) string {
	return fmt.Sprintf("%x", sha3.Sum224([]byte(fmt.Sprintf("%+v", value))))
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		panic(err)
	}
	fmt.Print("[")
	for index := range questions {
		questions[index].Out = operations[questions[index].Op](questions[index])
		var line bytes.Buffer
		encoder := json.NewEncoder(&line)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(questions[index]); err != nil {
			panic(err)
		}
		separator := ","
		if index == 0 {
			separator = ""
		}
		fmt.Printf("%s\n%s", separator, bytes.TrimRight(line.Bytes(), "\n"))
	}
	fmt.Print("\n]\n")
}
