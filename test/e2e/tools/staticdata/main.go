// Answers the questions of test/vectors/staticdata/cases.json with Go's encoding/json, regexp, text/template and sprig: what a
// static secret's items are by the rules of Vault Secrets Operator, and the truth that controller/stores/data/static is held against.
//
//	staticdata < cases.json > answered.json     the same cases, each with what Go says; equal files mean that nothing has changed
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

type file struct {
	// HMAC key, in base64.
	Key []byte `json:"key"`
	// What a KV v2 engine says beside the data.
	Metadata string `json:"metadata"`
	// What is stored: JSON as a server might write it.
	Documents map[string]string `json:"documents"`
	Cases     []question        `json:"cases"`
}

type question struct {
	About       string            `json:"about"`
	Document    string            `json:"document"`
	Type        string            `json:"type"`
	ExcludeRaw  bool              `json:"excludeRaw,omitempty"`
	Includes    []string          `json:"includes,omitempty"`
	Excludes    []string          `json:"excludes,omitempty"`
	Templates   []named           `json:"templates,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	// Why ours refuses what Go makes something of.
	Refused string `json:"refused,omitempty"`
	Out     answer `json:"out"`
}

type named struct {
	Name string `json:"name,omitempty"`
	// Empty: others call it, and it makes no item.
	Item string `json:"item,omitempty"`
	Text string `json:"text"`
}

// No items: it fails.
type answer struct {
	Items *map[string]string `json:"items,omitempty"` // base64
	MAC   string             `json:"mac,omitempty"`
}

// What templates see.
type input struct {
	Secrets, Metadata, Annotations, Labels map[string]any
}

func decode(text string) (value map[string]any, err error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	err = decoder.Decode(&value)
	return value, err
}

func loose(texts map[string]string) map[string]any {
	values := map[string]any{}
	for name, text := range texts {
		values[name] = text
	}
	return values
}

func object(value any) map[string]any {
	if members, ok := value.(map[string]any); ok {
		return members
	}
	return map[string]any{}
}

func matches(patterns []string, name string) (bool, error) {
	for _, pattern := range patterns {
		expression, err := regexp.Compile(pattern)
		if err != nil {
			return false, err
		}
		if expression.MatchString(name) {
			return true, nil
		}
	}
	return false, nil
}

func kept(one question, name string) (bool, error) {
	excluded, err := matches(one.Excludes, name)
	if err != nil || excluded {
		return false, err
	}
	included, err := matches(one.Includes, name)
	return included || len(one.Includes) == 0, err
}

func fetched(one question, secrets map[string]any) (map[string][]byte, error) {
	items := map[string][]byte{}
	for name, value := range secrets {
		keep, err := kept(one, name)
		if err != nil {
			return nil, err
		}
		if !keep {
			continue
		}
		if name == "_raw" {
			return nil, fmt.Errorf("a key is called _raw")
		}
		if text, ok := value.(string); ok {
			items[name] = []byte(text)
			continue
		}
		if items[name], err = json.Marshal(value); err != nil {
			return nil, err
		}
	}
	return items, nil
}

func rendered(one question, data input, items map[string][]byte) error {
	set := template.New("").Funcs(sprig.GenericFuncMap())
	names := make([]string, len(one.Templates))
	for index, source := range one.Templates {
		names[index] = source.Name
		if source.Name == "" {
			names[index] = source.Item
		}
		if _, err := set.New(names[index]).Parse(source.Text); err != nil {
			return err
		}
	}
	for index, source := range one.Templates {
		if source.Item == "" {
			continue
		}
		var buffer bytes.Buffer
		if err := set.ExecuteTemplate(&buffer, names[index], data); err != nil {
			return err
		}
		items[source.Item] = buffer.Bytes()
	}
	return nil
}

func assemble(one question, answered string) (items map[string][]byte, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("%v", problem)
		}
	}()
	whole, err := decode(answered)
	if err != nil {
		return nil, err
	}
	data := input{Secrets: whole, Metadata: map[string]any{}, Annotations: loose(one.Annotations), Labels: loose(one.Labels)}
	if one.Type == "kv-v2" {
		data.Secrets, data.Metadata = object(whole["data"]), object(whole["metadata"])
	}
	if items, err = fetched(one, data.Secrets); err != nil {
		return nil, err
	}
	if !one.ExcludeRaw {
		if items["_raw"], err = json.Marshal(whole); err != nil {
			return nil, err
		}
	}
	return items, rendered(one, data, items)
}

func answerTo(one question, all file) answer {
	text := all.Documents[one.Document]
	if one.Type == "kv-v2" {
		text = fmt.Sprintf(`{"data":%s,"metadata":%s}`, text, all.Metadata)
	}
	items, err := assemble(one, text)
	if err != nil {
		return answer{}
	}
	encoded := map[string]string{}
	for name, value := range items {
		encoded[name] = base64.StdEncoding.EncodeToString(value)
	}
	return answer{Items: &encoded, MAC: mac(all.Key, items)}
}

func mac(key []byte, items map[string][]byte) string {
	for name, value := range items {
		if value == nil {
			items[name] = []byte{}
		}
	}
	text, err := json.Marshal(items)
	if err != nil {
		panic(err)
	}
	sum := hmac.New(sha256.New, key)
	sum.Write(text)
	return base64.StdEncoding.EncodeToString(sum.Sum(nil))
}

func line(value any) string {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return strings.TrimRight(buffer.String(), "\n")
}

func main() {
	var all file
	if err := json.NewDecoder(os.Stdin).Decode(&all); err != nil {
		panic(err)
	}
	cases := make([]string, len(all.Cases))
	for index := range all.Cases {
		all.Cases[index].Out = answerTo(all.Cases[index], all)
		cases[index] = line(all.Cases[index])
	}
	fmt.Printf("{\n\"key\":%s,\n\"metadata\":%s,\n\"documents\":%s,\n\"cases\":[\n%s\n]}\n",
		line(all.Key), line(all.Metadata), line(all.Documents), strings.Join(cases, ",\n"))
}
