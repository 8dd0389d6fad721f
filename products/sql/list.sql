WHERE v.number = p.number AND p.id > @after
  AND (@all OR p.state = 'published')
  AND v.content ->> 'secrecy' = ANY (@secrecy::text[])
  AND (@state = '' OR p.state = @state)
  AND (@theme = '' OR v.content ->> 'theme' = @theme)
  AND (@department = '' OR v.content ->> 'department' = @department)
  AND (@tag = '' OR v.content -> 'tags' @> to_jsonb(@tag::text))
  AND (@layer = '' OR v.content -> 'layers' @> jsonb_build_array(jsonb_build_object('id', @layer::text)))
  AND (@text = '' OR v.content ->> 'title' ILIKE @text OR v.content ->> 'title_en' ILIKE @text OR v.content ->> 'text' ILIKE @text)
ORDER BY p.id
LIMIT @limit
